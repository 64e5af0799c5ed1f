"""One mentee against all mentors: each rule asked, each allowed pair scored, in compiled code.

Each function looks at all mentors at once, in a loop of its own: calling one per pair would cost more than it computes.
It computes what `rules.broken_rule` and `score.points` define, from `columns`, to the last bit; they remain the judge
(tests/unit/test_engine_sweep.py). All numbers are integers: the result is the same on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from contracts.matching import SCORE_SCALE
from services.matching.engine.columns import NONE, RULES
from services.matching.engine.frame import WEIGHT_SCALE
from services.matching.engine.rules import Rule
from services.matching.engine.terms import ENOUGH_MINUTES, LEVEL_FIT, MENTEE_SHARE, MENTOR_SHARE, ONE, WIDEST_STYLE_GAP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from services.matching.engine.columns import Columns
    from services.matching.engine.postings import Postings
    from services.matching.engine.problem import Ints

FIT = np.array(LEVEL_FIT, np.int64)
SAME_PERSON, LANGUAGE, SAME_TEAM, OVERLAP, COMPLETENESS, BELOW_FLOOR = map(
    RULES.index,
    (Rule.SAME_PERSON, Rule.LANGUAGE, Rule.SAME_TEAM, Rule.OVERLAP, Rule.COMPLETENESS, Rule.BELOW_FLOOR),
)


@njit(cache=True, nogil=True)
def sweep(c: Columns, mentee: int, near: Ints) -> Ints:
    """[mentors] the score of each pair, NONE where a rule forbids it; `near` is how alike their goals are, 0 to ONE."""
    spoken, minutes, together = _tables(c, mentee)
    allowed = _allowed(c, mentee, spoken, minutes, together)
    scores, answered = _scores(c, mentee, near, spoken, minutes)
    for mentor in range(len(allowed)):
        enough = answered[mentor] * WEIGHT_SCALE >= c.limits[1] and scores[mentor] >= c.limits[3]
        if not (allowed[mentor] and enough):
            scores[mentor] = NONE
    return scores


@njit(cache=True, nogil=True)
def broken(c: Columns, mentee: int) -> Ints:
    """[rules] of how many mentors each rule is the first that forbids them, for somebody whom none of them may mentor.

    All take part: who does not is asked about by the reference. Whom no
    rule before the floor forbids is below the floor.
    """
    counts, blocked = np.zeros(len(RULES), np.int64), np.full(len(c.mentors.takes_part), NONE)
    for at in range(c.blocked.start[mentee], c.blocked.start[mentee + 1]):
        blocked[c.blocked.who[at]] = c.blocked.what[at, 0]
    spoken, minutes, together = _tables(c, mentee)
    answered = _scores(c, mentee, np.zeros(len(blocked), np.int64), spoken, minutes)[1]
    for mentor in range(len(blocked)):
        if blocked[mentor] == SAME_PERSON:
            counts[SAME_PERSON] += 1
        elif spoken[mentor] == NONE:
            counts[LANGUAGE] += 1
        elif together[mentor]:
            counts[SAME_TEAM] += 1
        elif blocked[mentor] != NONE:
            counts[blocked[mentor]] += 1
        elif minutes[mentor] < c.limits[0]:
            counts[OVERLAP] += 1
        else:
            counts[COMPLETENESS if answered[mentor] * WEIGHT_SCALE < c.limits[1] else BELOW_FLOOR] += 1
    return counts


@njit(cache=True, nogil=True)
def _scores(c: Columns, mentee: int, near: Ints, spoken: Ints, minutes: Ints) -> tuple[Ints, Ints]:
    """[mentors] the points of each pair, and the weight of the parts that it answers."""
    parts = (
        _served(c, mentee),
        _goals(c, mentee, near),
        _style(c, mentee),
        _wished(c, mentee),
        np.minimum(minutes, ENOUGH_MINUTES) * ONE // ENOUGH_MINUTES,
        spoken,
        c.seniority[c.mentees.level[mentee]][c.mentors.level],
    )
    scores, answered = np.zeros(len(near), np.int64), np.zeros(len(near), np.int64)
    for part in range(len(parts)):
        values, weight = parts[part], c.weights[part]
        for mentor in range(len(near)):
            if values[mentor] != NONE:
                scores[mentor] += values[mentor] * weight
                answered[mentor] += weight
    for mentor in range(len(near)):
        if answered[mentor]:
            scores[mentor] = scores[mentor] * SCORE_SCALE // (answered[mentor] * ONE)
    return scores, answered


@njit(cache=True, nogil=True)
def _tables(c: Columns, mentee: int) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """[mentors] the best shared language's value, shared minutes, and whether the same team forbids the pair."""
    team, other = c.mentees.team[mentee], c.mentors.team
    spoken = c.language[c.mentees.tongues[mentee]][c.mentors.tongues]
    minutes = c.minutes[c.mentees.hours[mentee]][c.mentors.hours]
    return spoken, minutes, (other == team) & (team != NONE and not c.limits[2])


@njit(cache=True, nogil=True)
def _allowed(c: Columns, mentee: int, spoken: Ints, minutes: Ints, together: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[mentors] whether no rule but completeness forbids the pair."""
    allowed: NDArray[np.bool_] = c.mentors.takes_part & (spoken != NONE) & (minutes >= c.limits[0]) & ~together
    for at in range(c.blocked.start[mentee], c.blocked.start[mentee + 1]):
        allowed[c.blocked.who[at]] = False
    if not c.mentees.takes_part[mentee]:
        allowed[:] = False
    return allowed


@njit(cache=True, nogil=True)
def _both(of_mentee: int, of_mentor: int) -> int:
    if NONE in (of_mentee, of_mentor):
        return max(of_mentee, of_mentor)
    return (MENTEE_SHARE * of_mentee + MENTOR_SHARE * of_mentor) // (MENTEE_SHARE + MENTOR_SHARE)


@njit(cache=True, nogil=True)
def _served(c: Columns, mentee: int) -> Ints:
    """[mentors] how well they serve the mentee's wishes; NONE if there are none."""
    begin, end, mentors = c.wishes.start[mentee], c.wishes.start[mentee + 1], len(c.mentors.level)
    if begin == end:
        return np.full(mentors, NONE)
    total, best, teachers = np.zeros(mentors, np.int64), np.zeros(mentors, np.int64), c.teachers
    for wish in range(begin, end):
        skill, level = c.wishes.who[wish], c.wishes.what[wish, 0]
        for at in range(teachers.start[skill], teachers.start[skill + 1]):
            gap, mentor = teachers.what[at, 0] - level, teachers.who[at]
            fit = FIT[gap] * teachers.what[at, 1] // 100 if gap >= 0 else 0
            total[mentor] += fit
            best[mentor] = max(best[mentor], fit)
    for mentor in range(mentors):
        if best[mentor]:
            total[mentor] = _both(total[mentor] // (end - begin), best[mentor])
    return total


@njit(cache=True, nogil=True)
def _counted(own: Postings, others: Postings, mentee: int, mentors: int) -> Ints:
    """[mentors] how many of the mentee's stems each has."""
    counts = np.zeros(mentors, np.int64)
    for mine in range(own.start[mentee], own.start[mentee + 1]):
        stem = own.who[mine]
        for at in range(others.start[stem], others.start[stem + 1]):
            counts[others.who[at]] += 1
    return counts


@njit(cache=True, nogil=True)
def _goals(c: Columns, mentee: int, near: Ints) -> Ints:
    """[mentors] what of one's aims is found in the other's words, or how alike they are; NONE without either."""
    mentors, aims, theirs, words = len(near), c.mentees.aims[mentee], c.mentors.aims, c.mentors.words
    goals = np.full(mentors, NONE)
    if not aims:
        return goals
    heard = _counted(c.own_aims, c.with_word, mentee, mentors)
    told = _counted(c.own_words, c.with_aim, mentee, mentors)
    for mentor in range(mentors):
        if words[mentor]:
            goals[mentor] = max(min(2 * heard[mentor] * ONE // aims, ONE), near[mentor])
            if theirs[mentor]:
                of_mentor = max(min(2 * told[mentor] * ONE // theirs[mentor], ONE), near[mentor])
                goals[mentor] = _both(goals[mentor], of_mentor)
    return goals


@njit(cache=True, nogil=True)
def _style(c: Columns, mentee: int) -> Ints:
    """[mentors] how close their answers are on average; NONE without a question that both answered."""
    mine, theirs = c.mentees.style[mentee], c.mentors.style
    style = np.full(len(theirs), NONE)
    for mentor in range(len(theirs)):
        most = gaps = 0
        for question in range(len(mine)):
            if mine[question] and theirs[mentor, question]:
                most += WIDEST_STYLE_GAP
                gaps += abs(np.int64(mine[question]) - theirs[mentor, question])
        if most:
            style[mentor] = (most - gaps) * ONE // most
    return style


@njit(cache=True, nogil=True)
def _wished(c: Columns, mentee: int) -> Ints:
    """[mentors] what the two stated about each other: 0 where others alone were named, NONE where nobody was."""
    preferred = c.preferred
    wished = np.where(c.mentors.chose | c.mentees.chose[mentee], 0, NONE)
    for at in range(preferred.start[mentee], preferred.start[mentee + 1]):
        wished[preferred.who[at]] = _both(preferred.what[at, 0], preferred.what[at, 1])
    return wished
