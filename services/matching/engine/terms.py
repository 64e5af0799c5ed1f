"""How well two people fit, part by part: whole numbers from 0 to ONE, or None where nobody answered.

Only integers, and division that rounds down: every machine gets the same numbers in every order.
The tables are ours; where they come from is said in docs/matching.md.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from services.matching.engine.hours import shared_minutes
from services.matching.engine.meaning import similarity

if TYPE_CHECKING:
    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person

ONE = 10_000
"""A perfect part."""
LEVEL_FIT = (8_000, 10_000, 10_000, 9_000, 7_000)
"""Value of a mentor 0, 1, 2, 3, 4 levels above the level wished for; below it there is none."""
LANGUAGE_FIT = (10_000, 8_000, 6_000, 4_000)
"""Value of speaking in one's first, second, third, any further language."""
ENOUGH_MINUTES = 240
MENTEE_SHARE, MENTOR_SHARE = 6, 4
LEVELS_TO_NOTHING = 3
WIDEST_STYLE_GAP = 4


class Terms(NamedTuple):
    """The parts of one pair, in the order of `frame.PARTS`."""

    need: int | None
    goals: int | None
    style: int | None
    preference: int | None
    hours: int | None
    language: int | None
    seniority: int | None


def terms(mentee: Person, mentor: Person, frame: Frame) -> Terms:
    """Every part of the pair."""
    best = best_language(mentee.languages, mentor.languages)
    return Terms(
        _need(mentee, mentor),
        _goals(mentee, mentor, frame),
        _style(mentee, mentor),
        _preference(mentee, mentor, frame),
        min(shared_minutes(mentee.hours, mentor.hours, frame.week_of), ENOUGH_MINUTES) * ONE // ENOUGH_MINUTES,
        best[1] if best else 0,
        seniority(mentee.level, mentor.level, frame),
    )


def answered_weight(mentee: Person, mentor: Person, frame: Frame) -> int:
    """The weight of the parts that the pair answered, in millionths; cheaper than their terms."""
    need, goals, style, preference, hours, language, seniority = frame.weights
    return (
        (need if mentee.wants else 0)
        + (goals if mentee.aims and mentor.words else 0)
        + (style if not mentee.style.keys().isdisjoint(mentor.style) else 0)
        + (preference if frame.preferences and _preference(mentee, mentor, frame) is not None else 0)
        + (hours + language)
        + (seniority if mentee.level is not None and mentor.level is not None else 0)
    )


def both(of_mentee: int | None, of_mentor: int | None) -> int | None:
    """What both sides together see in it: 0.6 and 0.4 where both have a view, else the one view there is."""
    if of_mentee is None or of_mentor is None:
        return of_mentor if of_mentee is None else of_mentee
    return (MENTEE_SHARE * of_mentee + MENTOR_SHARE * of_mentor) // (MENTEE_SHARE + MENTOR_SHARE)


def skill_fit(wished: int, level: int, evidence_percent: int) -> int:
    """How well a mentor of that level and evidence serves a wish for that level."""
    gap = level - wished
    return LEVEL_FIT[gap] * evidence_percent // 100 if gap >= 0 else 0


def alike(mentee: Person, mentor: Person, frame: Frame) -> int:
    """How near their goals are in meaning, 0 to ONE; 0 if that of one of them is not known."""
    one, other = frame.meaning.get(mentee.id), frame.meaning.get(mentor.id)
    return similarity(one, other) if one is not None and other is not None else 0


@lru_cache(maxsize=100_000)
def best_language(of_mentee: tuple[str, ...], of_mentor: tuple[str, ...]) -> tuple[str, int] | None:
    """The shared language that suits both best, and how well; of equals the first in the alphabet."""
    fits = [(-_spoken(of_mentee.index(tag), of_mentor.index(tag)), tag) for tag in {*of_mentee} & {*of_mentor}]
    worst, best = min(fits, default=(0, ""))
    return (best, -worst) if best else None


def _need(mentee: Person, mentor: Person) -> int | None:
    """The mentee sees the average over all wishes, the mentor the wish they can serve best."""
    if not mentee.wants:
        return None
    fits = [
        skill_fit(wished, *mentor.teaches[skill]) for skill, wished in mentee.wants.items() if skill in mentor.teaches
    ]
    return both(sum(fits) // len(mentee.wants), max(fits)) if fits else 0


def _goals(mentee: Person, mentor: Person, frame: Frame) -> int | None:
    """Each sees which share of their own aims is found in the other's words, or that both mean the same."""
    if not mentee.aims or not mentor.words:
        return None
    near = alike(mentee, mentor, frame)
    return both(_found(mentee.aims, mentor.words, near), _found(mentor.aims, mentee.words, near))


def _style(mentee: Person, mentor: Person) -> int | None:
    """The closeness of their answers, averaged over the questions that both answered."""
    theirs = mentor.style
    gaps = [abs(answer - theirs[question]) for question, answer in mentee.style.items() if question in theirs]
    if not gaps:
        return None
    most = WIDEST_STYLE_GAP * len(gaps)
    return (most - sum(gaps)) * ONE // most


def _preference(mentee: Person, mentor: Person, frame: Frame) -> int | None:
    return both(stated(mentee.id, mentor.id, frame), stated(mentor.id, mentee.id, frame)) if frame.preferences else None


def seniority(of_mentee: int | None, of_mentor: int | None, frame: Frame) -> int | None:
    """Inside the wanted band of levels all is well; each level outside takes a third away."""
    if of_mentee is None or of_mentor is None:
        return None
    least, most = frame.policy.rules.seniority_gap
    gap = of_mentor - of_mentee
    outside = max(least - gap, gap - most, 0)
    return max(LEVELS_TO_NOTHING - outside, 0) * ONE // LEVELS_TO_NOTHING


def _found(aims: frozenset[str], words: frozenset[str], near: int) -> int | None:
    """Half of the aims is enough."""
    return max(min(2 * len(aims & words) * ONE // len(aims), ONE), near) if aims else None


def stated(who: str, about: str, frame: Frame) -> int | None:
    """What one person stated about another, both by their ids; 0 about whom they left out, None if they named nobody.

    Were others than those named unanswered, a mentor named last could score below the same mentor not named at all.
    """
    wish = frame.preferences.get((who, about), 0.0 if who in frame.choosers else None)
    return None if wish is None else round(wish * ONE)


def _spoken(place_of_mentee: int, place_of_mentor: int) -> int:
    last = len(LANGUAGE_FIT) - 1
    mentee, mentor = LANGUAGE_FIT[min(place_of_mentee, last)], LANGUAGE_FIT[min(place_of_mentor, last)]
    return (MENTEE_SHARE * mentee + MENTOR_SHARE * mentor) // (MENTEE_SHARE + MENTOR_SHARE)
