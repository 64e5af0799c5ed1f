"""Would two people rather have each other? How many would, and what it costs that none do.

A pair blocks a matching if neither has the other and both would gain: the mentee has nobody or somebody with a lower
score, and the mentor a free seat or somebody with a lower score (Gale & Shapley, American Mathematical Monthly 69,
1962). Both are taken to judge by the score that they are shown. Then there is one stable matching, up to equal scores:
the best pair of all, then the best pair of those who are left, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from services.matching.engine.problem import AT_ONCE, LARGEST, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.matching.engine.pairs import Pairs, Rows
    from services.matching.engine.problem import Ints
    from services.matching.engine.streamed import Streamed


@dataclass(frozen=True)
class Stability:
    """How stable a matching is, and the stable option beside it."""

    blocking_pairs: int
    """Over all allowed pairs."""
    stable_matched: int
    stable_score: int


def stability(pairs: Pairs, mates: Ints, own: Ints | None = None) -> Stability:
    """The blocking pairs of a matching ([mentees] the mentor's index, -1 for none), and the stable option's figures.

    `own`: [mentees] the score of each one's pair, where it is known.
    """
    if isinstance(pairs, Problem):
        stable = pairs.scores_of(stable_matching(pairs))
    else:
        from services.matching.engine.asking import stable_scores  # noqa: PLC0415 - for many pairs only

        stable = stable_scores(cast("Streamed", pairs))
    score = int(stable[stable >= 0].sum())
    return Stability(blocking_pairs(pairs, mates, own), int((stable >= 0).sum()), score)


def blocking_pairs(pairs: Pairs, mates: Ints, own: Ints | None = None) -> int:
    """How many allowed pairs would both rather have each other."""
    if own is None:
        own = np.concatenate([np.zeros(0, np.int64), *pairs.passed(own_in_block, mates)])
    matched = np.flatnonzero(mates >= 0)
    least = np.full(len(pairs.mentors), LARGEST, np.int64)
    np.minimum.at(least, mates[matched], own[matched])
    taken = np.bincount(mates[matched], minlength=len(pairs.mentors))
    least[taken < pairs.seats] = -1
    least[pairs.seats == 0] = LARGEST
    return sum(pairs.passed(blocking_in_block, own, least))


def own_in_block(block: Iterator[Rows], mates: Ints) -> Ints:
    """Of a block: the score of each mentee's pair, -1 for none."""
    found = []
    for rows in block:
        found.append(np.full(len(rows.who), -1, np.int64))
        met = np.flatnonzero(mates[rows.who][rows.owner()] == rows.mentor)
        found[-1][rows.owner()[met]] = rows.score[met]
    return np.concatenate(found)


def blocking_in_block(block: Iterator[Rows], own: Ints, least: Ints) -> int:
    """Of a block: how many pairs score more than what the mentee has, and than the least that the mentor has."""
    return sum(
        int(((rows.score > own[rows.who][rows.owner()]) & (rows.score > least[rows.mentor])).sum()) for rows in block
    )


def stable_matching(problem: Problem) -> Ints:
    """[mentees] the mentor's index, -1 for none; of equal scores the pair that stands first.

    From the highest score down, AT_ONCE pairs at a time and those that score the same as the last of them.
    """
    mates, free = np.full(len(problem.mentees), -1, np.int64), problem.seats.copy()
    left = np.arange(len(problem.score))
    while len(left := _open(problem, left, mates, free)):
        scores = problem.score[left]
        best = left[scores >= np.partition(scores, -AT_ONCE)[-AT_ONCE]] if len(left) > AT_ONCE else left
        _settle(problem, best[np.argsort(-problem.score[best], kind="stable")], mates, free)
    return mates


def _settle(problem: Problem, pairs: Ints, mates: Ints, free: Ints) -> None:
    """Settles, round by round, whoever is each other's best of those who are left; `pairs` with the best first."""
    while len(pairs := _open(problem, pairs, mates, free)):
        best_of_mentee = _rank(problem.mentee[pairs]) == 0
        within_seats = _rank(problem.mentor[pairs]) < free[problem.mentor[pairs]]
        settled = pairs[best_of_mentee & within_seats]
        mates[problem.mentee[settled]] = problem.mentor[settled]
        free -= np.bincount(problem.mentor[settled], minlength=len(free))


def _open(problem: Problem, pairs: Ints, mates: Ints, free: Ints) -> Ints:
    """Those of the pairs whose mentee has nobody yet and whose mentor has a seat."""
    return pairs[(mates[problem.mentee[pairs]] < 0) & (free[problem.mentor[pairs]] > 0)]


def _rank(owner: Ints) -> Ints:
    """How many entries of the same owner stand before each."""
    order = np.argsort(owner, kind="stable")
    ordered = owner[order]
    first = np.searchsorted(ordered, ordered, side="left")
    rank = np.empty(len(owner), np.int64)
    rank[order] = np.arange(len(owner)) - first
    return rank
