"""The proof looked at once more where it has millions of pairs: what `verify` asks, on columns.

It shares no code with the solver either, and takes a second where plain Python takes a minute. Small results are given
to `verify` itself, and so is every result in files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from services.matching.engine.certificate import MILLION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.matching.engine.prices import Dual
    from services.matching.engine.problem import Ints, Problem


def doubts(problem: Problem, mates: Ints, dual: Dual, loss_ppm: int = 0) -> Iterator[str]:
    """What is wrong with a matching and the prices that prove it, in sentences; nothing if it is proven.

    It may miss so many millionths of the score that is possible with as many pairs (`fairness`), and no pair.
    """
    matched = mates >= 0
    taken = np.bincount(mates[matched], minlength=len(problem.mentors))
    if (taken > problem.seats).any():
        yield "a mentor has more mentees than seats"
    chosen = np.flatnonzero(mates[problem.mentee] == problem.mentor)
    if len(chosen) != matched.sum():
        yield "somebody has a mentor whom a rule forbids"
    if (dual.prices < 0).any() or (dual.utilities < 0).any():
        yield "a price or a utility is below 0"
    worth = problem.coverage_bonus + problem.score
    if not _agrees(problem.mentee, worth - dual.prices[problem.mentor], dual.utilities):
        yield "a utility is not what the mentee gains at these prices"
    if not _agrees(problem.mentor, worth - dual.utilities[problem.mentee], dual.prices):
        yield "a price is not what is asked for the seat"
    missed = dual.bound(problem) - int(worth[chosen].sum())
    possible = int(problem.score[chosen].sum()) + missed
    if not 0 <= missed * MILLION <= loss_ppm * possible:
        yield "the matching does not reach its bound"


def _agrees(owner: Ints, left: Ints, told: Ints) -> bool:
    """Whether what is told of each owner is the most that is left to them over all their pairs, and at least 0."""
    most = np.zeros(len(told), np.int64)
    np.maximum.at(most, owner, left)
    return bool((most == told).all())
