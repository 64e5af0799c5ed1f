"""One mentee against all mentors with free seats, in compiled code: who may be on the list, and what they are worth.

It computes what `rules.broken_rule` and `score.points` define, to the last bit; they remain the judge
(tests/unit/test_engine_live.py). Whoever breaks a rule that a table tells falls out first, without a branch. Of the
others the parts of the score are added up, the cheapest first, and that ends as soon as even perfect answers to what is
open would not lift the mentor among the best found so far. It leaves nobody out, and most before their words are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from contracts.matching import SCORE_SCALE
from services.matching.engine.frame import WEIGHT_SCALE
from services.matching.engine.lines import NOBODY
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

    from services.matching.engine.growing import Listed, Numbers
    from services.matching.engine.problem import Ints
    from services.matching.engine.question import Question
    from services.matching.engine.roster import Mentors

FIT = np.array(LEVEL_FIT, np.int64)
LEAST = -(2**62)
"""Less than anybody is worth."""
OF_SKILL, OF_ANSWER = (1 << SKILL_SHIFT) - 1, (1 << ANSWER_BITS) - 1
OF_EVIDENCE = (1 << EVIDENCE_BITS) - 1


@njit(cache=True, nogil=True)
def scan(m: Mentors, q: Question, limit: int) -> tuple[Numbers, Ints]:
    """Slots and worth (points less price) of all who are worth as much as the last of the `limit` best, or more."""
    possible = _possible(m, q)
    best = np.full(limit, LEAST)
    worth, found = np.empty(len(possible), np.int64), 0
    for slot in possible:
        price = m.slots.price[slot]
        least = min(max(best[-1] + price, q.least_score, 0), SCORE_SCALE + 1)
        points = _points(m, q, slot, least)
        listed = points >= q.least_score and points - price >= best[-1]
        if listed and not q.barred[slot] and not _in_line(m.above, m.slots.person[slot], q):
            possible[found], worth[found] = slot, points - price
            found += 1
            _insert(best, points - price)
    good = worth[:found] >= best[-1]
    return possible[:found][good], worth[:found][good]


@njit(cache=True, nogil=True)
def _possible(m: Mentors, q: Question) -> Numbers:
    """The slots that neither language nor hours nor team forbids."""
    slots, found = np.empty(len(q.barred), np.int32), 0
    for slot in range(len(slots)):
        slots[found] = slot
        spoken, shared = q.tongues[m.slots.tongues[slot]], q.hours[m.slots.hours[slot]]
        found += (spoken >= 0) & (shared >= 0) & (m.slots.team[slot] != q.team)
    return slots[:found]


@njit(cache=True, nogil=True)
def _points(m: Mentors, q: Question, slot: int, least: int) -> int:
    """The points of the pair; NONE if they are below `least`, or too little is answered."""
    open_goals = q.weights[GOALS] if q.aims else 0
    open_style = q.weights[STYLE] if q.style else 0
    weighted, answered = _told(m, q, slot)
    if q.wishes:
        weighted += _need(m, q, slot) * q.weights[NEED]
        answered += q.weights[NEED]
    if _falls_short(weighted, answered, open_style + open_goals, least):
        return NONE
    style = _style(m, q, slot) if q.style else NONE
    if style != NONE:
        weighted += style * q.weights[STYLE]
        answered += q.weights[STYLE]
    if _falls_short(weighted, answered, open_goals, least):
        return NONE
    goals = _goals(m, q, slot) if q.aims else NONE
    if goals != NONE:
        weighted += goals * q.weights[GOALS]
        answered += q.weights[GOALS]
    if _falls_short(weighted, answered, 0, least) or answered * WEIGHT_SCALE < q.least_answered:
        return NONE
    return weighted * SCORE_SCALE // (answered * ONE) if answered else 0


@njit(cache=True, nogil=True)
def _falls_short(weighted: int, answered: int, still_open: int, least: int) -> bool:
    """Whether the points stay below `least` even if all is perfect that is open: that never lowers an average."""
    most, weights = weighted + still_open * ONE, (answered + still_open) * ONE
    return most * SCORE_SCALE < least * weights


@njit(cache=True, nogil=True)
def _told(m: Mentors, q: Question, slot: int) -> tuple[int, int]:
    """Value times weight, and weight, of the parts that tables tell: hours, language, seniority and preference."""
    weighted = q.hours[m.slots.hours[slot]] + q.tongues[m.slots.tongues[slot]]
    answered = q.weights[HOURS] + q.weights[LANGUAGE]
    ahead, preference = q.seniority[m.slots.level[slot]], np.int64(q.preference[slot])
    if ahead != NONE:
        weighted += ahead
        answered += q.weights[SENIORITY]
    if preference != NONE:
        weighted += preference * q.weights[PREFERENCE]
        answered += q.weights[PREFERENCE]
    return weighted, answered


@njit(cache=True, nogil=True)
def _need(m: Mentors, q: Question, slot: int) -> int:
    """How well the mentor serves the wishes, of which there are some."""
    total = best = 0
    if m.slots.taught[slot] & q.wish_bits:
        begin = m.teaches.begin[slot]
        for entry in m.teaches.items[begin : begin + m.teaches.length[slot]]:
            wished = q.wished[entry >> SKILL_SHIFT]
            gap = ((entry & OF_SKILL) >> EVIDENCE_BITS) - wished
            if wished and gap >= 0:
                fit = FIT[gap] * (entry & OF_EVIDENCE) // 100
                total += fit
                best = max(best, fit)
    return _both(total // q.wishes, best) if best else 0


@njit(cache=True, nogil=True)
def _style(m: Mentors, q: Question, slot: int) -> int:
    """How close their answers are on average; NONE without a question that both answered."""
    most, gaps, begin = 0, 0, m.style.begin[slot]
    for entry in m.style.items[begin : begin + m.style.length[slot]]:
        mine = np.int64(q.answers[entry >> ANSWER_BITS])
        if mine != UNSAID:
            most += WIDEST_STYLE_GAP
            gaps += abs(mine + ZERO - (entry & OF_ANSWER))
    return (most - gaps) * ONE // most if most else NONE


@njit(cache=True, nogil=True)
def _goals(m: Mentors, q: Question, slot: int) -> int:
    """What of one's aims is found in the other's words, for a mentee who has aims; NONE if the mentor has no words."""
    if not m.words.length[slot]:
        return NONE
    of_mentee = _found(_marked(m.words, slot, q.stems, AIM), q.aims)
    aims = m.aims.length[slot]
    return _both(of_mentee, _found(_marked(m.aims, slot, q.stems, WORD), aims)) if aims else of_mentee


@njit(cache=True, nogil=True)
def _marked(stems: Listed, slot: int, marks: NDArray[np.int8], mark: int) -> int:
    """How many of the stems in a slot bear the mark."""
    begin, count = stems.begin[slot], 0
    for stem in stems.items[begin : begin + stems.length[slot]]:
        count += (marks[stem] & mark) != 0
    return count


@njit(cache=True, nogil=True)
def _found(stems: int, aims: int) -> int:
    """Half of the aims is enough."""
    return min(2 * stems * ONE // aims, ONE)


@njit(cache=True, nogil=True)
def _both(of_mentee: int, of_mentor: int) -> int:
    return (MENTEE_SHARE * of_mentee + MENTOR_SHARE * of_mentor) // (MENTEE_SHARE + MENTOR_SHARE)


@njit(cache=True, nogil=True)
def _in_line(above: Numbers, mentor: int, q: Question) -> bool:
    """Whether one is among the other's managers."""
    return _climbs(above, mentor, q.person, q.depth) or _climbs(above, q.person, mentor, q.depth)


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
