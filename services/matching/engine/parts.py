"""Each part of a score, for one mentee and some mentors at a time, in compiled code.

It computes what `terms` defines, from `columns`, to the last bit, and adds it up: `weighted` is the sum of weight times
value, `answered` that of the weights. The loops have no branch that the processor would have to guess, so that it takes
several mentors at once. Whole numbers are divided as floating-point ones, which is exact here: see `rounded_down`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from services.matching.engine.between import NONE
from services.matching.engine.meaning import WHOLE
from services.matching.engine.terms import LEVEL_FIT, MENTEE_SHARE, MENTOR_SHARE, ONE, WIDEST_STYLE_GAP

if TYPE_CHECKING:
    from services.matching.engine.columns import Columns
    from services.matching.engine.postings import Places, Postings
    from services.matching.engine.problem import Ints

FIT = np.array(LEVEL_FIT, np.int64)
UNSAID = -2
Sums = NDArray[np.float64]
Counts = NDArray[np.int16]
Products = NDArray[np.float32]
Answers = NDArray[np.int8]
Flags = NDArray[np.bool_]
compiled = njit(cache=True, nogil=True, error_model="numpy")


class Noted(NamedTuple):
    """What posting lists tell of one mentee and some mentors."""

    served: NDArray[np.int32]
    """The sum of how well each wish is served, and the best of it."""
    best: NDArray[np.int32]
    heard: Counts
    """How many of the mentee's aims the mentor has words for, and the other way round."""
    told: Counts
    stated: NDArray[np.int32]
    """What both stated about each other; UNSAID where they said nothing."""


@compiled
def paper(mentors: int) -> Noted:
    """Where it is noted."""
    served, best, stated = np.empty(mentors, np.int32), np.empty(mentors, np.int32), np.empty(mentors, np.int32)
    return Noted(served, best, np.empty(mentors, np.int16), np.empty(mentors, np.int16), stated)


@compiled
def note(c: Columns, mentee: int, begin: int, end: int, noted: Noted) -> None:
    """Notes it of the mentors from `begin` to before `end`."""
    run = end - begin
    noted.served[:run], noted.best[:run], noted.heard[:run], noted.told[:run] = 0, 0, 0, 0
    noted.stated[:run] = UNSAID
    for wish in range(c.wishes.start[mentee], c.wishes.start[mentee + 1]):
        _serve(c.teachers, c.wishes.who[wish], c.wishes.what[wish, 0], begin, end, noted.served, noted.best)
    if c.mentees.aims[mentee]:
        _count(c.own_aims, c.with_word, mentee, begin, end, noted.heard)
        _count(c.own_words, c.with_aim, mentee, begin, end, noted.told)
    _state(c.preferred, mentee, begin, end, noted.stated)


@compiled
def _serve(teachers: Postings, skill: int, level: int, begin: int, end: int, served: Places, best: Places) -> None:
    """Adds how well each mentor serves the wish for this level of a skill."""
    who, what = teachers.who, teachers.what
    for at in range(*_between(teachers.start, who, skill, begin, end)):
        gap, mentor = what[at, 0] - level, who[at] - begin
        fit = FIT[gap] * what[at, 1] // 100 if gap >= 0 else 0
        served[mentor] += fit
        best[mentor] = max(best[mentor], fit)


@compiled
def _count(own: Postings, others: Postings, mentee: int, begin: int, end: int, counts: Counts) -> None:
    """Counts how many of the mentee's stems each mentor has."""
    who = others.who
    for mine in range(own.start[mentee], own.start[mentee + 1]):
        for at in range(*_between(others.start, who, own.who[mine], begin, end)):
            counts[who[at] - begin] += 1


@compiled
def _state(preferred: Postings, mentee: int, begin: int, end: int, stated: Places) -> None:
    who, what = preferred.who, preferred.what
    for at in range(*_between(preferred.start, who, mentee, begin, end)):
        of_mentee, of_mentor = what[at, 0], what[at, 1]
        both = (MENTEE_SHARE * of_mentee + MENTOR_SHARE * of_mentor) // (MENTEE_SHARE + MENTOR_SHARE)
        stated[who[at] - begin] = max(of_mentee, of_mentor) if NONE in (of_mentee, of_mentor) else both


@compiled
def _between(start: Ints, who: Places, code: int, begin: int, end: int) -> tuple[int, int]:
    """Which entries of a code are about people from `begin` to before `end`."""
    first, last = start[code], start[code + 1]
    own = who[first:last]
    return first + np.searchsorted(own, begin), first + np.searchsorted(own, end)


@compiled
def rounded_down(number: float, part: float) -> np.int32:
    """Number // by of two whole numbers ≥ 0 and > 0, where `part` is 1 / by.

    (number + ½) / by is at least 1 / (2 · by) away from any whole number, and the error of the product far below that
    for quotients up to 10⁷ and divisors up to 10⁷.
    """
    return np.int32((number + 0.5) * part)


@compiled
def _both(of_mentee: float, of_mentor: float) -> np.int32:
    return rounded_down(MENTEE_SHARE * of_mentee + MENTOR_SHARE * of_mentor, 1.0 / (MENTEE_SHARE + MENTOR_SHARE))


@compiled
def need(served: Places, best: Places, wishes: int, weight: float, weighted: Sums) -> None:
    """How well they serve the mentee's wishes; whoever has a wish has answered."""
    part = 1.0 / max(wishes, 1)
    for at in range(len(weighted)):
        fits = _both(float(rounded_down(float(served[at]), part)), float(best[at]))
        weighted[at] += weight * fits if best[at] else 0.0


@compiled
def near_by(alike: Products, near: Places) -> None:
    """How alike goals are, from the products of what they mean (`meaning.similarity`)."""
    for at in range(len(near)):
        near[at] = rounded_down(min(max(2.0 * alike[at] - WHOLE, 0.0), float(WHOLE)) * ONE, 1.0 / WHOLE)


@compiled
def heard_by(heard: Counts, aims: int, mine: Places) -> None:
    """Which share of the mentee's aims is found in their words, in the place of how alike their goals are if more."""
    part = 1.0 / max(aims, 1)
    for at in range(len(mine)):
        mine[at] = max(min(rounded_down(2.0 * ONE * heard[at], part), ONE), mine[at])


@compiled
def told_by(told: Counts, per_aim: Sums, their: Places) -> None:
    """Which share of each one's aims is found in the mentee's words, likewise; `per_aim` is 1 / how many there are."""
    for at in range(len(their)):
        their[at] = max(min(rounded_down(2.0 * ONE * told[at], per_aim[at]), ONE), their[at])


@compiled
def goals(
    mine: Places, their: Places, theirs: Places, words: Places, weight: float, weighted: Sums, answered: Sums
) -> None:
    """What both see in their goals, for a mentee who has aims; without words no mentor has answered."""
    for at in range(len(weighted)):
        both = _both(float(mine[at]), float(their[at])) if theirs[at] else mine[at]
        weighted[at] += weight * both if words[at] else 0.0
        answered[at] += weight if words[at] else 0.0


@compiled
def differ(own: int, answers: Answers, asked: Counts, gaps: Counts) -> None:
    """Adds up one question that the mentee has answered."""
    for at in range(len(asked)):
        asked[at] += 1 if answers[at] else 0
        gaps[at] += max(own, answers[at]) - min(own, answers[at]) if answers[at] else 0


@compiled
def style(asked: Counts, gaps: Counts, weight: float, weighted: Sums, answered: Sums) -> None:
    """How close their answers are on average; without a question that both answered it is not answered."""
    for at in range(len(weighted)):
        most = float(max(WIDEST_STYLE_GAP * asked[at], 1))
        close = rounded_down((most - gaps[at]) * ONE, 1.0 / most)
        weighted[at] += weight * close if asked[at] else 0.0
        answered[at] += weight if asked[at] else 0.0


@compiled
def preference(stated: Places, chose: bool, they: Flags, weight: float, weighted: Sums, answered: Sums) -> None:
    """What the two stated about each other: nothing where others alone were named, no answer where nobody was."""
    for at in range(len(weighted)):
        weighted[at] += weight * max(stated[at], 0)
        answered[at] += weight if chose or they[at] or stated[at] != UNSAID else 0.0


@compiled
def look_up(of_code: Places, codes: Places, values: Places) -> None:
    """What a table says of the mentee and each mentor's code."""
    for at in range(len(values)):
        values[at] = of_code[codes[at]]


@compiled
def add(values: Places, weight: float, weighted: Sums, answered: Sums) -> None:
    """Adds a part that is answered where its value is not NONE."""
    for at in range(len(values)):
        weighted[at] += weight * values[at] if values[at] != NONE else 0.0
        answered[at] += weight if values[at] != NONE else 0.0
