"""Why these two: two to four true sentences, the weightiest first, for the mentee or for the mentor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from contracts.matching import Reason
from services.matching.engine.hours import shared_minutes
from services.matching.engine.sentences import ALIKE, MENTEE, MENTOR, worded
from services.matching.engine.terms import ONE, alike, best_language, skill_fit

if TYPE_CHECKING:
    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person
    from services.matching.engine.score import Score

Side = Literal["mentee", "mentor"]
Facts = tuple[str, ...]
MOST_REASONS = 4
MOST_FACTS = 3
TELLING_LETTERS = 4
SIMILAR_STYLE = 7_500
SIMILAR_GOALS = 5_000


def reasons(
    score: Score, mentee: Person, mentor: Person, frame: Frame, *, told_to: Side = "mentee"
) -> tuple[Reason, ...]:
    """The reasons of an allowed pair, by what their part adds to the score.

    `facts` hold what the sentence names: skills, words, questions, hours, language tags, levels. A part whose
    sentence would not be true of this pair gives none.
    """
    sentences = MENTEE if told_to == "mentee" else MENTOR
    given = []
    for part in sorted(score.parts, key=lambda part: -score.parts[part]):
        facts = _facts(part, score, mentee, mentor, frame)
        if facts is not None:
            text = ALIKE if part == "goals" and not facts else sentences[part].format(facts=worded(part, facts))
            given.append(Reason(part=part, facts=facts, text=text))
    return tuple(given[:MOST_REASONS])


def _facts(part: str, score: Score, mentee: Person, mentor: Person, frame: Frame) -> Facts | None:
    """What the sentence of a part names; None if it would not be true."""
    match part:
        case "preference":
            stated = (frame.preferences.get(pair, 0) for pair in _both_ways(mentee, mentor))
            return () if min(stated) * 2 >= 1 else None
        case "hours":
            halves = shared_minutes(mentee.hours, mentor.hours, frame.week_of) // 30
            return (f"{halves / 2:g}",) if halves else None
        case "seniority":
            ahead = (mentor.level or 0) - (mentee.level or 0)
            return (str(ahead),) if ahead > 0 and score.values[part] == ONE else None
        case "goals":
            near = alike(mentee, mentor, frame) >= SIMILAR_GOALS
            return _words(mentee, mentor)[:MOST_FACTS] or (() if near else None)
        case "style" if score.values[part] < SIMILAR_STYLE:
            return None
        case _:
            return _LISTS[part](mentee, mentor)[:MOST_FACTS] or None


def _both_ways(mentee: Person, mentor: Person) -> tuple[tuple[str, str], tuple[str, str]]:
    return (mentee.id, mentor.id), (mentor.id, mentee.id)


def _skills(mentee: Person, mentor: Person) -> Facts:
    fits = {
        skill: skill_fit(wished, *mentor.teaches[skill])
        for skill, wished in mentee.wants.items()
        if skill in mentor.teaches
    }
    return tuple(sorted((skill for skill, fit in fits.items() if fit), key=lambda skill: (-fits[skill], skill)))


def _words(mentee: Person, mentor: Person) -> Facts:
    heard = {mentee.aim_words[stem] for stem in mentee.aims & mentor.words}
    heard |= {mentor.aim_words[stem] for stem in (mentor.aims - mentee.aims) & mentee.words}
    # Short words count in the score, but as a reason they sound like chance: "you both speak of no".
    return tuple(sorted(word for word in heard if len(word) >= TELLING_LETTERS))


def _questions(mentee: Person, mentor: Person) -> Facts:
    asked = sorted(mentee.style.keys() & mentor.style.keys())
    return tuple(question for question in asked if abs(mentee.style[question] - mentor.style[question]) <= 1)


def _language(mentee: Person, mentor: Person) -> Facts:
    best = best_language(mentee.languages, mentor.languages)
    return best[:1] if best else ()


_LISTS = {"need": _skills, "style": _questions, "language": _language}
