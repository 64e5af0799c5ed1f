"""The price of each mentor's seat and what each mentee gains: together they prove that a matching is the best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from services.matching.engine.pairs import Pairs
    from services.matching.engine.problem import Ints, Problem


MANY = 20_000
"""Pairs; from here on prices are raised in compiled code."""


@dataclass(frozen=True)
class Dual:
    """Numbers ≥ 0 with utility + price ≥ coverage_bonus + score for every allowed pair: they bound every matching.

    The bound is Σ utilities + Σ seats · prices (linear programming duality; Koopmans & Beckmann 1957).
    """

    utilities: Ints
    """[mentees]"""
    prices: Ints
    """[mentors]"""

    def bound(self, pairs: Pairs) -> int:
        """No matching is worth more, in coverage_bonus per pair plus score."""
        return int(self.utilities.sum()) + int((pairs.seats * self.prices).sum())


def lowest_prices(problem: Problem, mates: Ints) -> Dual:
    """The lowest prices at which each mentee of an optimal matching is content with the mentor they have.

    Bellman-Ford on the residual graph: a price rises to what somebody who has another mentor, or none, would
    still gain by this one; whoever pays it gains less then, and asks elsewhere. The lowest price is what one more
    seat of the mentor would be worth. Raises ArithmeticError if the matching is not optimal: prices never settle,
    a mentee would gain by leaving, or a free seat would cost something.
    """
    worth = problem.coverage_bonus + problem.score
    has = np.flatnonzero(mates[problem.mentee] == problem.mentor)
    own = np.zeros(len(mates), np.int64)
    own[problem.mentee[has]] = worth[has]
    prices = np.zeros(len(problem.mentors), np.int64)
    if len(worth) < MANY:
        utilities, ended = _settled(problem, worth, mates, own, prices)
    else:
        from services.matching.engine.raising import settled  # noqa: PLC0415 - who prices few loads no compiler

        first = np.searchsorted(problem.mentee, np.arange(len(mates) + 1))
        utilities, ended = settled(first, problem.mentor, worth, mates, own, prices)
    taken = np.bincount(mates[mates >= 0], minlength=len(prices))
    if not ended or (utilities < 0).any() or prices[taken < problem.seats].any():
        raise ArithmeticError("this matching is not optimal, so no prices prove it")
    return Dual(utilities, prices)


def _settled(problem: Problem, worth: Ints, mates: Ints, own: Ints, prices: Ints) -> tuple[Ints, bool]:
    """Raises `prices` from 0 until nobody would rather be elsewhere; gives utilities, and whether it came to an end."""
    utilities, stale = own.copy(), np.arange(len(mates))
    for _ in range(len(prices) + 2):
        before = prices.copy()
        _ask(problem, worth, prices, utilities, stale)
        stale = np.flatnonzero((mates >= 0) & (prices > before)[mates]) if len(prices) else stale[:0]
        utilities[stale] = own[stale] - prices[mates[stale]]
        if not len(stale):
            return utilities, True
    return utilities, False


def _ask(problem: Problem, worth: Ints, prices: Ints, utilities: Ints, mentees: Ints) -> None:
    """Raises the prices that are below what one of these mentees would gain by the mentor."""
    first, last = (np.searchsorted(problem.mentee, mentees, side) for side in ("left", "right"))
    sizes = last - first
    pairs = np.repeat(first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    np.maximum.at(prices, problem.mentor[pairs], worth[pairs] - utilities[problem.mentee[pairs]])
