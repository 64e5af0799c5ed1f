"""People and policy turned into columns of numbers, once, so that a mentee is compared with all mentors in one sweep.

What few people differ in becomes a code and a table: working hours, languages, levels. What many have in common becomes
a posting list: who teaches this skill, in whose words this stem is. Each number in a table comes from the readable
reference (`terms`, `hours`, `reporting`), so the two can only agree; `sweep.py` adds them up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from services.matching.engine.between import NONE, blocked, or_none, preferred
from services.matching.engine.hours import shared_minutes
from services.matching.engine.postings import Codes, Places, Postings, by_code, by_person, table
from services.matching.engine.rules import in_program
from services.matching.engine.terms import ENOUGH_MINUTES, ONE, best_language, seniority

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person
    from services.matching.engine.problem import Ints

LEVELS = 16
LONGEST = 2_048
"""Mentors that are looked at together: what is computed about them stays in the fastest memory."""


class Side(NamedTuple):
    """What is known of each mentee, or of each mentor, by their index."""

    takes_part: NDArray[np.bool_]
    """Role and job family."""
    hours: Places
    tongues: Places
    team: Places
    """NONE if unknown."""
    level: Places
    """0 if unknown."""
    style: NDArray[np.int8]
    """[questions, people], 0 where not answered."""
    chose: NDArray[np.bool_]
    """Who stated a preference about anybody."""
    aims: Places
    words: Places
    """How many stems of each."""
    per_aim: NDArray[np.float64]
    """1 / how many aims, 1 without."""


class Columns(NamedTuple):
    """Mentees and mentors of one question, with all that their pairs depend on."""

    mentees: Side
    mentors: Side
    runs: Ints
    """Where others with other hours begin, LONGEST apart at most, and their end; the fewer, the faster."""
    minutes: Places
    """[hours of mentees, hours of mentors] what both work at the same time."""
    worked: Places
    """[hours of mentees, hours of mentors] the value of these minutes."""
    language: Places
    """[tongues of mentees, tongues of mentors] how well the best shared one suits both; NONE without one."""
    seniority: Places
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
    """Least shared minutes; least answered weight times WEIGHT_SCALE; 1 if the same team is allowed; 1 if anybody
    stated a preference; least score."""


def columns(mentees: Sequence[Person], mentors: Sequence[Person], frame: Frame) -> Columns:
    """Compiles the people of one question; indexes are positions in the two sequences."""
    hours, tongues = (Codes(), Codes()), (Codes(), Codes())
    teams, skills, stems = Codes(), Codes(), Codes()
    asked = sorted({question for person in (*mentees, *mentors) for question in person.style})
    shared = teams, {question: place for place, question in enumerate(asked)}
    levels = [None, *range(1, LEVELS)]
    at = {person.id: index for index, person in enumerate(mentors)}
    limits = (
        frame.least_minutes,
        frame.least_completeness * frame.whole_weight,
        frame.policy.rules.same_team,
        bool(frame.preferences),
    )
    sides = (
        _side(mentees, "mentee", frame, hours[0], tongues[0], *shared),
        _side(mentors, "mentor", frame, hours[1], tongues[1], *shared),
    )
    minutes = table(*hours, lambda one, other: shared_minutes(one, other, frame.week_of))
    return Columns(
        mentees=sides[0],
        mentors=sides[1],
        runs=_runs(sides[1].hours),
        minutes=minutes,
        worked=np.minimum(minutes, ENOUGH_MINUTES) * ONE // ENOUGH_MINUTES,
        language=table(*tongues, lambda one, other: (best_language(one, other) or ("", NONE))[1]),
        seniority=table(levels, levels, lambda one, other: or_none(seniority(one, other, frame))),
        wishes=by_person((((skills[s], level, 0) for s, level in one.wants.items()) for one in mentees), mentees),
        teachers=by_code(
            ((skills[s], index, *v) for index, one in enumerate(mentors) for s, v in one.teaches.items()), skills
        ),
        own_aims=by_person((((stems[stem], 0, 0) for stem in one.aims) for one in mentees), mentees),
        own_words=by_person((((stems[stem], 0, 0) for stem in one.words) for one in mentees), mentees),
        with_word=by_code(((stems[s], index, 0, 0) for index, one in enumerate(mentors) for s in one.words), stems),
        with_aim=by_code(((stems[s], index, 0, 0) for index, one in enumerate(mentors) for s in one.aims), stems),
        blocked=by_person(blocked(mentees, mentors, at, frame), mentees),
        preferred=by_person(preferred(mentees, at, frame), mentees),
        weights=np.array(frame.weights, np.int64),
        limits=np.array([*limits, frame.least_score], np.int64),
    )


def _runs(hours: Places) -> Ints:
    """Where others begin than those before, and each LONGEST."""
    others = np.flatnonzero(np.diff(hours)) + 1
    ends = np.union1d(np.arange(0, len(hours), LONGEST), others)
    return np.append(ends, len(hours)).astype(np.int64)


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
    style, aims = np.zeros((len(questions), len(people)), np.int8), _places(len(one.aims) for one in people)
    for at, person in enumerate(people):
        for question, answer in person.style.items():
            style[questions[question], at] = answer
    return Side(
        takes_part=np.array([role in one.roles and in_program(one, frame) for one in people], np.bool_),
        hours=_places(hours[one.hours] for one in people),
        tongues=_places(tongues[one.languages] for one in people),
        team=_places(teams[one.team] if one.team else NONE for one in people),
        level=_places(one.level or 0 for one in people),
        style=style,
        chose=np.array([one.id in frame.choosers for one in people], np.bool_),
        aims=aims,
        words=_places(len(one.words) for one in people),
        per_aim=1 / np.maximum(aims, 1),
    )


def _places(numbers: Iterable[int]) -> Places:
    return np.fromiter(numbers, np.int32)
