"""People and policy turned into columns of numbers, once, so that a mentee is compared with all mentors in one sweep.

What few people differ in becomes a code and a table: working hours, languages, levels. What many have in common becomes
a posting list: who teaches this skill, in whose words this stem is. Each number in a table comes from the readable
reference (`terms`, `hours`, `reporting`), so the two can only agree; `sweep.py` adds them up.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from services.matching.engine.hours import shared_minutes
from services.matching.engine.postings import Codes, Postings, by_code, by_person, table
from services.matching.engine.rules import Rule, in_program
from services.matching.engine.terms import best_language, seniority, stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person
    from services.matching.engine.problem import Ints

NONE = -1
LEVELS = 16
RULES = tuple(Rule)


class Side(NamedTuple):
    """What is known of each mentee, or of each mentor, by their index."""

    takes_part: NDArray[np.bool_]
    """Role and job family."""
    hours: Ints
    tongues: Ints
    team: Ints
    """NONE if unknown."""
    level: Ints
    """0 if unknown."""
    style: NDArray[np.int8]
    """[people, questions], 0 where not answered."""
    chose: NDArray[np.bool_]
    """Who stated a preference about anybody."""
    aims: Ints
    words: Ints
    """How many stems of each."""


class Columns(NamedTuple):
    """Mentees and mentors of one question, with all that their pairs depend on."""

    mentees: Side
    mentors: Side
    minutes: Ints
    """[hours of mentees, hours of mentors] what both work at the same time."""
    language: Ints
    """[tongues of mentees, tongues of mentors] how well the best shared one suits both; NONE without one."""
    seniority: Ints
    """[level, level]; NONE if one is unknown."""
    wishes: Postings
    """Mentee → skills, with the level wished for."""
    teachers: Postings
    """Skill → mentors, with level and evidence."""
    own_aims: Postings
    own_words: Postings
    """Mentee → stems."""
    with_word: Postings
    with_aim: Postings
    """Stem → mentors."""
    blocked: Postings
    """Mentee → mentors they must not be paired with, and which of RULES says so first: themselves, reporting line,
    avoided, ruled out, refused, tried before."""
    preferred: Postings
    """Mentee → mentors, where one named the other, with what the mentee and what the mentor stated; NONE if nothing."""
    weights: Ints
    """[parts] in millionths."""
    limits: Ints
    """Least shared minutes; least answered weight times WEIGHT_SCALE; 1 if the same team is allowed; least score."""


def columns(mentees: Sequence[Person], mentors: Sequence[Person], frame: Frame) -> Columns:
    """Compiles the people of one question; indexes are positions in the two sequences."""
    hours, tongues = (Codes(), Codes()), (Codes(), Codes())
    teams, skills, stems = Codes(), Codes(), Codes()
    asked = sorted({question for person in (*mentees, *mentors) for question in person.style})
    shared = teams, {question: place for place, question in enumerate(asked)}
    levels = [None, *range(1, LEVELS)]
    at = {person.id: index for index, person in enumerate(mentors)}
    limits = frame.least_minutes, frame.least_completeness * frame.whole_weight, frame.policy.rules.same_team
    return Columns(
        mentees=_side(mentees, "mentee", frame, hours[0], tongues[0], *shared),
        mentors=_side(mentors, "mentor", frame, hours[1], tongues[1], *shared),
        minutes=table(*hours, lambda one, other: shared_minutes(one, other, frame.week_of)),
        language=table(*tongues, lambda one, other: (best_language(one, other) or ("", NONE))[1]),
        seniority=table(levels, levels, lambda one, other: _or_none(seniority(one, other, frame))),
        wishes=by_person([[(skills[skill], level, 0) for skill, level in one.wants.items()] for one in mentees]),
        teachers=by_code(
            [(skills[s], index, *v) for index, one in enumerate(mentors) for s, v in one.teaches.items()], skills
        ),
        own_aims=by_person([[(stems[stem], 0, 0) for stem in one.aims] for one in mentees]),
        own_words=by_person([[(stems[stem], 0, 0) for stem in one.words] for one in mentees]),
        with_word=by_code([(stems[s], index, 0, 0) for index, one in enumerate(mentors) for s in one.words], stems),
        with_aim=by_code([(stems[s], index, 0, 0) for index, one in enumerate(mentors) for s in one.aims], stems),
        blocked=by_person(_blocked(mentees, mentors, at, frame)),
        preferred=by_person(_preferred(mentees, at, frame)),
        weights=np.array(frame.weights, np.int64),
        limits=np.array([*limits, frame.least_score], np.int64),
    )


def vectors(people: Sequence[Person], meaning: Mapping[str, Sequence[int]]) -> NDArray[np.float32]:
    """[people, numbers] what their goals mean, zeros where that is not known; their products are exact in float32."""
    width = len(next(iter(meaning.values()), ()))
    rows = np.zeros((len(people), width), np.float32)
    for row, person in zip(rows, people, strict=True):
        if person.id in meaning:
            row[:] = meaning[person.id]
    return rows


def _side(
    people: Sequence[Person],
    role: str,
    frame: Frame,
    hours: Codes,
    tongues: Codes,
    teams: Codes,
    questions: Mapping[str, int],
) -> Side:
    style = np.zeros((len(people), len(questions)), np.int8)
    for row, person in zip(style, people, strict=True):
        for question, answer in person.style.items():
            row[questions[question]] = answer
    return Side(
        takes_part=np.array([role in one.roles and in_program(one, frame) for one in people], np.bool_),
        hours=_ints(hours[one.hours] for one in people),
        tongues=_ints(tongues[one.languages] for one in people),
        team=_ints(teams[one.team] if one.team else NONE for one in people),
        level=_ints(one.level or 0 for one in people),
        style=style,
        chose=np.array([one.id in frame.choosers for one in people], np.bool_),
        aims=_ints(len(one.aims) for one in people),
        words=_ints(len(one.words) for one in people),
    )


def _blocked(
    mentees: Sequence[Person], mentors: Sequence[Person], at: Mapping[str, int], frame: Frame
) -> list[list[tuple[int, int, int]]]:
    depth, broken = frame.policy.rules.reporting_line_depth, defaultdict[str, dict[str, int]](dict)
    # The rule that is asked first is marked last.
    decided = (Rule.TRIED_BEFORE, frame.tried), (Rule.REFUSED, frame.refused), (Rule.FORBIDDEN, frame.forbidden)
    for rule, mentee, mentor in ((rule, *pair) for rule, pairs in decided for pair in pairs):
        broken[mentee][mentor] = RULES.index(rule)
    _both_ways(broken, mentees, mentors, lambda one: one.avoid, RULES.index(Rule.AVOID))
    _both_ways(
        broken, mentees, mentors, lambda one: frame.reporting.above(one.id, depth), RULES.index(Rule.REPORTING_LINE)
    )
    for one in mentees:
        broken[one.id][one.id] = RULES.index(Rule.SAME_PERSON)
    return [[(at[mentor], rule, 0) for mentor, rule in broken[one.id].items() if mentor in at] for one in mentees]


def _both_ways(
    broken: Mapping[str, dict[str, int]],
    mentees: Sequence[Person],
    mentors: Sequence[Person],
    others: Callable[[Person], Iterable[str]],
    rule: int,
) -> None:
    """Marks each mentee with the `others` of theirs, and with each mentor who has them among the others."""
    for one in mentees:
        broken[one.id].update(dict.fromkeys(others(one), rule))
    for mentor in mentors:
        for mentee in others(mentor):
            broken[mentee][mentor.id] = rule


def _preferred(mentees: Sequence[Person], at: Mapping[str, int], frame: Frame) -> list[list[tuple[int, int, int]]]:
    about = defaultdict[str, set[str]](set)
    for who, whom in frame.preferences:
        about[who].add(whom)
        about[whom].add(who)
    return [
        [
            (at[other], _or_none(stated(one.id, other, frame)), _or_none(stated(other, one.id, frame)))
            for other in about[one.id]
            if other in at
        ]
        for one in mentees
    ]


def _or_none(value: int | None) -> int:
    return NONE if value is None else value


def _ints(numbers: Iterable[int]) -> Ints:
    return np.fromiter(numbers, np.int64)
