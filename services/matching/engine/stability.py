"""Would two people rather have each other? How many would, and what it costs that none do.

A pair blocks a matching if neither has the other and both would gain: the mentee has nobody or somebody with a lower
score, and the mentor a free seat or somebody with a lower score (Gale & Shapley, American Mathematical Monthly 69,
1962). Both are taken to judge by the score that they are shown. Then there is one stable matching, up to equal scores:
the best pair of all, then the best pair of those who are left, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from services.matching.engine.problem import AT_ONCE, LARGEST

if TYPE_CHECKING:
    from services.matching.engine.problem import Ints, Problem


@dataclass(frozen=True)
class Stability:
    """How stable a matching is, and the stable option beside it."""

    blocking_pairs: int
    """Over all allowed pairs."""
    stable_matched: int
    stable_score: int


def stability(problem: Problem, mates: Ints) -> Stability:
    """The blocking pairs of a matching ([mentees] the mentor's index, -1 for none), and the stable option's figures."""
    stable = stable_matching(problem)
    chosen = stable[problem.mentee] == problem.mentor
    return Stability(
        blocking_pairs=blocking_pairs(problem, mates),
        stable_matched=int((stable >= 0).sum()),
        stable_score=int(problem.score[chosen].sum()),
    )


def blocking_pairs(problem: Problem, mates: Ints) -> int:
    """How many allowed pairs would both rather have each other."""
    chosen = mates[problem.mentee] == problem.mentor
    own = np.full(len(problem.mentees), -1, np.int64)
    own[problem.mentee[chosen]] = problem.score[chosen]
    least = np.full(len(problem.mentors), LARGEST, np.int64)
    np.minimum.at(least, problem.mentor[chosen], problem.score[chosen])
    taken = np.bincount(mates[mates >= 0], minlength=len(problem.mentors))
    least[taken < problem.seats] = -1
    gain = (problem.score > own[problem.mentee]) & (problem.score > least[problem.mentor])
    return int((gain & (problem.seats[problem.mentor] > 0)).sum())


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
