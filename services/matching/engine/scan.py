"""One mentee against all mentors with free seats, in compiled code: who may be on the list, and what they are worth.

It computes what `rules.broken_rule` and `score.points` define, to the last bit; they remain the judge
(tests/unit/test_engine_live.py). Whoever breaks a rule that a table tells falls out first, without a branch. Of the
others the parts of the score are added up block by block, the cheapest first; whom even perfect answers to what is open
would not lift to the best found so far falls out, and so, mostly at once, do all who serve none of the wishes. No list
would have them, and few are left when words are read.

Each function looks at many mentors in a loop of its own: calling one per pair would cost more than it computes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from contracts.matching import SCORE_SCALE
from services.matching.engine.frame import WEIGHT_SCALE
from services.matching.engine.growing import Numbers
from services.matching.engine.lines import NOBODY
from services.matching.engine.problem import Ints
from services.matching.engine.question import (
    AIM,
    GOALS,
    HOURS,
    LANGUAGE,
    NEED,
    PREFERENCE,
    SENIORITY,
    STYLE,
    WORD,
)
from services.matching.engine.roster import NONE
from services.matching.engine.terms import MENTEE_SHARE, MENTOR_SHARE, ONE, WIDEST_STYLE_GAP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from services.matching.engine.growing import Listed
    from services.matching.engine.question import Question
    from services.matching.engine.roster import Mentors

LEAST = -(2**62)
"""Less than anybody is worth."""
BLOCK = 256
"""Mentors between two looks at who still promises something."""


class Tally(NamedTuple):
    """[mentors of a block] what is added up so far."""

    slots: Numbers
    weighted: Ints
    """Value times weight of the parts that are answered."""
    answered: Ints
    """Their weight."""


@njit(cache=True, nogil=True)
def scan(m: Mentors, q: Question, limit: int) -> tuple[Numbers, Ints]:
    """Slots and worth (points less price) of all who are worth as much as the last of the `limit` best, or more."""
    serving, best = _possible(m, q, True), np.full(limit, LEAST)
    slots, worth = np.empty(len(q.barred), np.int32), np.empty(len(q.barred), np.int64)
    found = _look(m, q, serving, best, slots, worth, 0)
    if best[-1] <= _most_without_need(q):
        found = _look(m, q, _possible(m, q, False), best, slots, worth, found)
    good = worth[:found] >= best[-1]
    return slots[:found][good], worth[:found][good]


@njit(cache=True, nogil=True)
def _possible(m: Mentors, q: Question, serving: bool) -> Numbers:
    """The slots that neither language nor hours forbid, of who may serve a wish, or of who does not."""
    tongues, hours, taught = m.slots.tongues, m.slots.hours, m.slots.taught
    slots, found = np.empty(len(q.barred), np.int32), 0
    for slot in range(len(slots)):
        slots[found] = slot
        open_to = (q.tongues[tongues[slot]] >= 0) & (q.hours[hours[slot]] >= 0)
        found += open_to & (((taught[slot] & q.wish_bits) != 0) == serving)
    return slots[:found]


@njit(cache=True, nogil=True)
def _most_without_need(q: Question) -> int:
    """The points of who serves none of the wishes and is perfect otherwise."""
    weights, need = int(q.weights.sum()), int(q.weights[NEED]) if q.wishes else 0
    return (weights - need) * SCORE_SCALE // max(weights, 1)


@njit(cache=True, nogil=True)
def _look(m: Mentors, q: Question, some: Numbers, best: Ints, kept: Numbers, worth: Ints, found: int) -> int:
    """Writes whoever of these may be on the list behind the `found` ones; gives their number."""
    weighted, answered = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    goals, style = q.weights[GOALS] if q.aims else 0, q.weights[STYLE] if q.style else 0
    for begin in range(0, len(some), BLOCK):
        block = Tally(some[begin : begin + BLOCK], weighted, answered)
        _told(m, q, block)
        _need(m, q, block)
        block = _promising(m, q, block, style + goals, best[-1])
        _style(m, q, block)
        block = _promising(m, q, block, goals, best[-1])
        _goals(m, q, block)
        block = _promising(m, q, block, 0, best[-1])
        found = _keep(m, q, block, best, kept, worth, found)
    return found


@njit(cache=True, nogil=True)
def _promising(m: Mentors, q: Question, block: Tally, still_open: int, worst: int) -> Tally:
    """Those whose points, were all perfect that is open, reach the floor and what the worst of the best is worth.

    A perfect answer never lowers an average, so nobody is left out who could still come in.
    """
    (slots, weighted, answered), price, left = block, m.slots.price, 0
    for at in range(len(slots)):
        least = min(max(worst + price[slots[at]], q.least_score, 0), SCORE_SCALE + 1)
        most, weights = weighted[at] + still_open * ONE, (answered[at] + still_open) * ONE
        slots[left], weighted[left], answered[left] = slots[at], weighted[at], answered[at]
        left += most * SCORE_SCALE >= least * weights
    return Tally(slots[:left], weighted, answered)


@njit(cache=True, nogil=True)
def _told(m: Mentors, q: Question, block: Tally) -> None:
    """Begins with the parts that tables tell: hours, language, seniority and preference."""
    (slots, weighted, answered), hours, tongues, level = block, m.slots.hours, m.slots.tongues, m.slots.level
    always, of_level, of_wish = q.weights[HOURS] + q.weights[LANGUAGE], q.weights[SENIORITY], q.weights[PREFERENCE]
    stated = len(q.preference) > 0
    for at in range(len(slots)):
        slot = slots[at]
        ahead = q.seniority[level[slot]]
        wish = int(q.preference[slot]) if stated else NONE
        weighted[at] = q.hours[hours[slot]] + q.tongues[tongues[slot]] + max(ahead, 0) + max(wish, 0) * of_wish
        answered[at] = always + (ahead != NONE) * of_level + (wish != NONE) * of_wish


@njit(cache=True, nogil=True)
def _need(m: Mentors, q: Question, block: Tally) -> None:
    """Adds how well the wishes are served, if there are any. Who shares no bit with them serves none."""
    (slots, weighted, answered), (place, items) = block, m.teaches
    taught, served, weight = m.slots.taught, q.served, q.weights[NEED] if q.wishes else 0
    for at in range(len(slots)):
        slot, total, best = slots[at], 0, 0
        if taught[slot] & q.wish_bits:
            for item in range(place[slot, 0], place[slot, 1]):
                fit = int(served[items[item]])
                total, best = total + fit, max(best, fit)
        if best:
            weighted[at] += _both(total // q.wishes, best) * weight
        answered[at] += weight


@njit(cache=True, nogil=True)
def _style(m: Mentors, q: Question, block: Tally) -> None:
    """Adds how close the answers are on average, where both answered a question."""
    (slots, weighted, answered), (place, items) = block, m.style
    apart, weight = q.gaps, q.weights[STYLE]
    for at in range(len(slots)):
        slot, most, gaps = slots[at], 0, 0
        for item in range(place[slot, 0], place[slot, 1]):
            gap = int(apart[items[item]])
            most += WIDEST_STYLE_GAP * (gap != NONE)
            gaps += max(gap, 0)
        if most:
            weighted[at] += (most - gaps) * ONE // most * weight
            answered[at] += weight


@njit(cache=True, nogil=True)
def _goals(m: Mentors, q: Question, block: Tally) -> None:
    """Adds what of one's aims is found in the other's words, if the mentee has aims and the mentor words."""
    (slots, weighted, answered), words, aims, weight = block, m.slots.words, m.slots.aims, q.weights[GOALS]
    heard, told = _marked(m.words, slots, q.stems, AIM), _marked(m.aims, slots, q.stems, WORD)
    for at in range(len(slots)):
        slot = slots[at]
        if q.aims and words[slot]:
            value = min(2 * heard[at] * ONE // q.aims, ONE)
            if aims[slot]:
                value = _both(value, min(2 * told[at] * ONE // aims[slot], ONE))
            weighted[at] += value * weight
            answered[at] += weight


@njit(cache=True, nogil=True)
def _marked(stems: Listed, slots: Numbers, marks: NDArray[np.int8], mark: int) -> Ints:
    """[slots] how many of their stems bear the mark."""
    (place, items), count = stems, np.zeros(len(slots), np.int64)
    for at in range(len(slots)):
        for item in range(place[slots[at], 0], place[slots[at], 1]):
            count[at] += (marks[items[item]] & mark) != 0
    return count


@njit(cache=True, nogil=True)
def _both(of_mentee: int, of_mentor: int) -> int:
    return (MENTEE_SHARE * of_mentee + MENTOR_SHARE * of_mentor) // (MENTEE_SHARE + MENTOR_SHARE)


@njit(cache=True, nogil=True)
def _keep(m: Mentors, q: Question, block: Tally, best: Ints, kept: Numbers, worth: Ints, found: int) -> int:
    """Asks the rules that remain; writes whoever may be on the list behind the `found` ones; gives their number."""
    (slots, weighted, answered), price, person, team = block, m.slots.price, m.slots.person, m.slots.team
    for at in range(len(slots)):
        slot, weights = slots[at], answered[at]
        points = weighted[at] * SCORE_SCALE // (weights * ONE) if weights else 0
        good = points - price[slot] >= best[-1] and points >= q.least_score and not q.barred[slot]
        enough = weights * WEIGHT_SCALE >= q.least_answered and team[slot] != q.team
        if good and enough and not _in_line(m.above, person[slot], q.person, q.depth):
            kept[found], worth[found] = slot, points - price[slot]
            _insert(best, worth[found])
            found += 1
    return found


@njit(cache=True, nogil=True)
def _in_line(above: Numbers, one: int, other: int, depth: int) -> bool:
    """Whether one is among the other's managers."""
    return _climbs(above, one, other, depth) or _climbs(above, other, one, depth)


@njit(cache=True, nogil=True)
def _climbs(above: Numbers, one: int, other: int, depth: int) -> bool:
    """Whether climbing `depth` levels from one passes the other."""
    for _ in range(depth):
        one = above[one]
        if one == other:
            return True
        if one == NOBODY:
            break
    return False


@njit(cache=True, nogil=True)
def _insert(best: Ints, worth: int) -> None:
    """Keeps the highest, in falling order; the last falls out."""
    place = len(best) - 1
    while place > 0 and best[place - 1] < worth:
        best[place] = best[place - 1]
        place -= 1
    best[place] = worth
