"""Rules and scores as a careful user of NumPy would compute them: blocks of mentees against all mentors.

No loop goes over pairs. Skills and stems become matrices, the rest tables; the numbers are those of `docs/matching.md`,
to the last bit. Stated preferences and goals that mean the same are not in these instances.
"""

import numpy as np
from numpy.typing import NDArray

from contracts.matching import SCORE_SCALE
from services.matching.engine.columns import NONE, Columns, columns
from services.matching.engine.frame import WEIGHT_SCALE
from services.matching.engine.postings import Postings
from services.matching.engine.problem import Ints
from services.matching.engine.terms import ENOUGH_MINUTES, LEVEL_FIT, MENTEE_SHARE, MENTOR_SHARE, ONE, WIDEST_STYLE_GAP
from tests.bench.matching.instance import Sides

BLOCK = 64
"""Mentees at a time: some megabytes for each matrix of a block."""


def scores_of(sides: Sides, some: Ints) -> NDArray[np.int32]:
    """[some, mentors] the score of each pair, NONE where a rule forbids it."""
    known = columns(*sides)
    tables = _Tables(known)
    blocks = [some[at : at + BLOCK] for at in range(0, len(some), BLOCK)]
    return np.concatenate([_block(known, tables, block) for block in blocks]).astype(np.int32)


class _Tables:
    """Posting lists as matrices."""

    def __init__(self, c: Columns) -> None:
        mentors, skills, stems = len(c.mentors.level), len(c.teachers.start) - 1, len(c.with_word.start) - 1
        taught = np.repeat(np.arange(skills), np.diff(c.teachers.start))
        self.level, self.evidence = (np.zeros((skills, mentors), np.int64) for _ in range(2))
        self.level[taught, c.teachers.who], self.evidence[taught, c.teachers.who] = c.teachers.what.T
        self.words, self.aims = (_incidence(one, stems, mentors) for one in (c.with_word, c.with_aim))
        self.fit = np.array(LEVEL_FIT, np.int64)


def _incidence(lists: Postings, codes: int, people: int) -> NDArray[np.float32]:
    found = np.zeros((codes, people), np.float32)
    found[np.repeat(np.arange(codes), np.diff(lists.start)), lists.who] = 1
    return found


def _block(c: Columns, tables: _Tables, rows: Ints) -> Ints:
    spoken = c.language[c.mentees.tongues[rows]][:, c.mentors.tongues]
    minutes = c.minutes[c.mentees.hours[rows]][:, c.mentors.hours]
    allowed = c.mentees.takes_part[rows, None] & c.mentors.takes_part & (spoken != NONE) & (minutes >= c.limits[0])
    team = c.mentees.team[rows, None]
    if not c.limits[2]:
        allowed &= (team != c.mentors.team) | (team == NONE)
    for at, row in enumerate(rows):
        allowed[at, c.blocked.who[c.blocked.start[row] : c.blocked.start[row + 1]]] = False
    parts = (
        _need(c, tables, rows),
        _goals(c, tables, rows),
        _style(c, rows),
        np.full(allowed.shape, NONE),
        np.minimum(minutes, ENOUGH_MINUTES) * ONE // ENOUGH_MINUTES,
        spoken,
        c.seniority[c.mentees.level[rows]][:, c.mentors.level],
    )
    weighted, answered = (np.zeros(allowed.shape, np.int64) for _ in range(2))
    for values, weight in zip(parts, c.weights, strict=True):
        known = values != NONE
        weighted += np.where(known, values, 0) * weight
        answered += known * weight
    allowed &= answered * WEIGHT_SCALE >= c.limits[1]
    return np.where(allowed, weighted * SCORE_SCALE // np.maximum(answered * ONE, 1), NONE)


def _both(of_mentee: Ints, of_mentor: Ints) -> Ints:
    return (MENTEE_SHARE * of_mentee + MENTOR_SHARE * of_mentor) // (MENTEE_SHARE + MENTOR_SHARE)


def _need(c: Columns, tables: _Tables, rows: Ints) -> Ints:
    count = c.wishes.start[rows + 1] - c.wishes.start[rows]
    total, best = (np.zeros((len(rows), len(c.mentors.level)), np.int64) for _ in range(2))
    for nth in range(int(count.max(initial=0))):
        wishing = np.flatnonzero(count > nth)
        at = c.wishes.start[rows[wishing]] + nth
        skill, level = c.wishes.who[at], c.wishes.what[at, 0]
        gap = tables.level[skill] - level[:, None]
        fit = np.where(gap >= 0, tables.fit[np.maximum(gap, 0)] * tables.evidence[skill] // 100, 0)
        total[wishing] += fit
        best[wishing] = np.maximum(best[wishing], fit)
    served = np.where(best > 0, _both(total // np.maximum(count, 1)[:, None], best), total)
    return np.where(count[:, None] > 0, served, NONE)


def _goals(c: Columns, tables: _Tables, rows: Ints) -> Ints:
    aims, theirs = c.mentees.aims[rows, None], c.mentors.aims
    heard = (_own(c.own_aims, rows, len(tables.words)) @ tables.words).astype(np.int64)
    told = (_own(c.own_words, rows, len(tables.aims)) @ tables.aims).astype(np.int64)
    goals = np.minimum(2 * heard * ONE // np.maximum(aims, 1), ONE)
    of_mentor = np.minimum(2 * told * ONE // np.maximum(theirs, 1), ONE)
    goals = np.where(theirs > 0, _both(goals, of_mentor), goals)
    return np.where((aims > 0) & (c.mentors.words > 0), goals, NONE)


def _own(lists: Postings, rows: Ints, codes: int) -> NDArray[np.float32]:
    found = np.zeros((len(rows), codes), np.float32)
    for at, row in enumerate(rows):
        found[at, lists.who[lists.start[row] : lists.start[row + 1]]] = 1
    return found


def _style(c: Columns, rows: Ints) -> Ints:
    mine, theirs = c.mentees.style[:, rows].T, c.mentors.style.T
    most, gaps = (np.zeros((len(rows), len(theirs)), np.int64) for _ in range(2))
    for question in range(mine.shape[1]):
        one, other = mine[:, question, None].astype(np.int64), theirs[:, question].astype(np.int64)
        both = (one > 0) & (other > 0)
        most += both * WIDEST_STYLE_GAP
        gaps += np.where(both, np.abs(one - other), 0)
    return np.where(most > 0, (most - gaps) * ONE // np.maximum(most, 1), NONE)
