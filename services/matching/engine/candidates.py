"""A few promising pairs stand for all: solve those, and let the prices find what was missing.

Column generation (Dantzig & Wolfe, Operations Research 8, 1960; for assignment: Balas, Miller, Pekny & Toth, JACM 38,
1991). Each mentee's best mentors and each mentor's best mentees are solved to the end. Of all other pairs only those
can improve the result that are worth more than utility + price; they join, and it is solved again. When there are
none, result and prices are those of all pairs: the prices are the lowest that prove it here as there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.matching.engine.prices import Dual
    from services.matching.engine.problem import Ints, Problem
    from services.matching.engine.survey import Progress

BEST, REVERSE = 32, 8
"""How many mentors of each mentee, and mentees of each mentor, begin. Without the second some would find nobody."""


def by_candidates(
    problem: Problem, prove: Callable[[Problem], Dual], progress: Progress | None = None
) -> tuple[Dual, int]:
    """The prices of the whole problem, from `prove` for smaller ones; and how often it was asked."""
    worth = problem.coverage_bonus + problem.score
    chosen = best_of(problem.mentee, problem.score, len(problem.mentees), BEST)
    chosen = np.union1d(chosen, best_of(problem.mentor, problem.score, len(problem.mentors), REVERSE))
    rounds = 0
    while True:
        mentee, mentor, score = (column[chosen] for column in (problem.mentee, problem.mentor, problem.score))
        # Everybody's best mentor is in it, so the highest score and with it the coverage bonus are those of all.
        dual = prove(replace(problem, mentee=mentee, mentor=mentor, score=score))
        rounds += 1
        missed, above = _missed(problem, worth, dual)
        if progress:
            bound = (dual.bound(problem) + above) // problem.coverage_bonus
            progress("best matching and proof", 0.5 if len(missed) else 1.0, bound)
        if not len(missed):
            return dual, rounds
        chosen = np.union1d(chosen, missed)


def _missed(problem: Problem, worth: Ints, dual: Dual) -> tuple[Ints, int]:
    """The pairs that are worth more than utility + price, of each mentee those that gain most.

    And by how much the bound of all pairs is above that of the chosen: each mentee's utility rises by what they gain.
    """
    gain = worth - dual.utilities[problem.mentee]
    gain -= dual.prices[problem.mentor]
    missed = np.flatnonzero(gain > 0)
    most = np.zeros(len(problem.mentees), np.int64)
    np.maximum.at(most, problem.mentee[missed], gain[missed])
    return missed[best_of(problem.mentee[missed], gain[missed], len(problem.mentees), BEST)], int(most.sum())


def best_of(owner: Ints, value: Ints, owners: int, most: int) -> Ints:
    """The places of the `most` highest values of each owner, in order; of equals the first."""
    kept = _keep(owner, value, np.full((owners, most), -1, np.int64))
    return np.sort(kept[kept >= 0])


@njit(cache=True, nogil=True)
def _keep(owner: Ints, value: Ints, kept: Ints) -> Ints:
    """Fills `kept` [owners, most] with places, the highest value first."""
    most = kept.shape[1]
    for at in range(len(owner)):
        own = kept[owner[at]]
        place = most
        while place and (own[place - 1] < 0 or value[own[place - 1]] < value[at]):
            place -= 1
        if place < most:
            own[place + 1 :] = own[place:-1].copy()
            own[place] = at
    return kept
