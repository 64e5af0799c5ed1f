"""One mentee against all mentors with free seats, in compiled code: who may be on the list, and what they are worth.

It computes what `rules.broken_rule` and `score.points` define, to the last bit; they remain the judge
(tests/unit/test_engine_live.py). Whoever breaks a rule that a table tells falls out first, without a branch. Of the
others the parts of the score are added up block by block, the cheapest first; whom even perfect answers to what is open
would not lift to the best found so far falls out. That leaves nobody out, and most before their words are read.

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
    UNSAID,
    WORD,
)
from services.matching.engine.roster import ANSWER_BITS, EVIDENCE_BITS, NONE, SKILL_SHIFT, ZERO
from services.matching.engine.terms import LEVEL_FIT, MENTEE_SHARE, MENTOR_SHARE, ONE, WIDEST_STYLE_GAP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from services.matching.engine.growing import Listed
    from services.matching.engine.question import Question
    from services.matching.engine.roster import Mentors

FIT = np.array(LEVEL_FIT, np.int64)
LEAST = -(2**62)
"""Less than anybody is worth."""
OF_SKILL, OF_EVIDENCE, OF_ANSWER = (1 << SKILL_SHIFT) - 1, (1 << EVIDENCE_BITS) - 1, (1 << ANSWER_BITS) - 1
BLOCK = 512
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
    possible, best = _possible(m, q), np.full(limit, LEAST)
    worth, found = np.empty(len(possible), np.int64), 0
    weighted, answered = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    goals, style = q.weights[GOALS] if q.aims else 0, q.weights[STYLE] if q.style else 0
    for begin in range(0, len(possible), BLOCK):
        block = Tally(possible[begin : begin + BLOCK], weighted, answered)
        _told(m, q, block)
        _need(m, q, block)
        block = _promising(m, q, block, style + goals, best[-1])
        _style(m, q, block)
        block = _promising(m, q, block, goals, best[-1])
        _goals(m, q, block)
        block = _promising(m, q, block, 0, best[-1])
        found = _keep(m, q, block, best, possible, worth, found)
    good = worth[:found] >= best[-1]
    return possible[:found][good], worth[:found][good]


@njit(cache=True, nogil=True)
def _possible(m: Mentors, q: Question) -> Numbers:
    """The slots that neither language nor hours nor team forbids."""
    tongues, hours, team = m.slots.tongues, m.slots.hours, m.slots.team
    slots, found = np.empty(len(q.barred), np.int32), 0
    for slot in range(len(slots)):
        slots[found] = slot
        found += (q.tongues[tongues[slot]] >= 0) & (q.hours[hours[slot]] >= 0) & (team[slot] != q.team)
    return slots[:found]


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
    (slots, weighted, answered), (hours, tongues, _, level, _, _, _) = block, m.slots
    always, of_level, of_wish = q.weights[HOURS] + q.weights[LANGUAGE], q.weights[SENIORITY], q.weights[PREFERENCE]
    for at in range(len(slots)):
        slot = slots[at]
        ahead, wish = q.seniority[level[slot]], np.int64(q.preference[slot])
        weighted[at] = q.hours[hours[slot]] + q.tongues[tongues[slot]] + max(ahead, 0) + max(wish, 0) * of_wish
        answered[at] = always + (ahead != NONE) * of_level + (wish != NONE) * of_wish


@njit(cache=True, nogil=True)
def _need(m: Mentors, q: Question, block: Tally) -> None:
    """Adds how well the wishes are served, if there are any. Who shares no bit with them serves none."""
    (slots, weighted, answered), (begin, length, items) = block, m.teaches
    taught, wanted, weight = m.slots.taught, q.wished, q.weights[NEED] if q.wishes else 0
    for at in range(len(slots)):
        slot, total, best = slots[at], 0, 0
        if taught[slot] & q.wish_bits:
            for place in range(begin[slot], begin[slot] + length[slot]):
                skill, entry = items[place] >> SKILL_SHIFT, items[place] & OF_SKILL
                gap = (entry >> EVIDENCE_BITS) - wanted[skill]
                if wanted[skill] and gap >= 0:
                    fit = FIT[gap] * (entry & OF_EVIDENCE) // 100
                    total, best = total + fit, max(best, fit)
        if best:
            weighted[at] += _both(total // q.wishes, best) * weight
        answered[at] += weight


@njit(cache=True, nogil=True)
def _style(m: Mentors, q: Question, block: Tally) -> None:
    """Adds how close the answers are on average, where both answered a question."""
    (slots, weighted, answered), (begin, length, items) = block, m.style
    mine, weight = q.answers, q.weights[STYLE]
    for at in range(len(slots)):
        slot, most, gaps = slots[at], 0, 0
        for place in range(begin[slot], begin[slot] + length[slot]):
            answer = np.int64(mine[items[place] >> ANSWER_BITS])
            if answer != UNSAID:
                most += WIDEST_STYLE_GAP
                gaps += abs(answer + ZERO - (items[place] & OF_ANSWER))
        if most:
            weighted[at] += (most - gaps) * ONE // most * weight
            answered[at] += weight


@njit(cache=True, nogil=True)
def _goals(m: Mentors, q: Question, block: Tally) -> None:
    """Adds what of one's aims is found in the other's words, if the mentee has aims and the mentor words."""
    (slots, weighted, answered), words, aims, weight = block, m.words.length, m.aims.length, q.weights[GOALS]
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
    (begin, length, items), count = stems, np.zeros(len(slots), np.int64)
    for at in range(len(slots)):
        first = begin[slots[at]]
        for place in range(first, first + length[slots[at]]):
            count[at] += (marks[items[place]] & mark) != 0
    return count


@njit(cache=True, nogil=True)
def _both(of_mentee: int, of_mentor: int) -> int:
    return (MENTEE_SHARE * of_mentee + MENTOR_SHARE * of_mentor) // (MENTEE_SHARE + MENTOR_SHARE)


@njit(cache=True, nogil=True)
def _keep(m: Mentors, q: Question, block: Tally, best: Ints, kept: Numbers, worth: Ints, found: int) -> int:
    """Asks the rules that remain; writes whoever may be on the list behind the `found` ones; gives their number."""
    (slots, weighted, answered), price, person = block, m.slots.price, m.slots.person
    for at in range(len(slots)):
        slot, weights = slots[at], answered[at]
        points = weighted[at] * SCORE_SCALE // (weights * ONE) if weights else 0
        good = points - price[slot] >= best[-1] and points >= q.least_score
        if good and weights * WEIGHT_SCALE >= q.least_answered and not q.barred[slot]:
            if not _in_line(m.above, person[slot], q.person, q.depth):
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
