"""The lowest prices of many mentors in compiled code: what `prices.lowest_prices` asks, wave by wave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from services.matching.engine.problem import Ints


@njit(cache=True, nogil=True)
def settled(first: Ints, mentor: Ints, worth: Ints, mates: Ints, own: Ints, prices: Ints) -> tuple[Ints, bool]:
    """Raises `prices` from 0 until nobody would rather be elsewhere; gives utilities, and whether it came to an end.

    Mentee i's pairs are `first[i] : first[i + 1]`, and their own is worth `own[i]`. At first everybody asks; in each
    wave after it, who has a mentor whose price rose in the wave before.
    """
    utilities = own.copy()
    begin, holders = _by_mentor(mates, len(prices))
    risen, in_wave = [0 for _ in range(0)], np.zeros(len(prices), np.bool_)
    for who in range(len(mates)):
        _ask(first, mentor, worth, utilities, prices, who, risen, in_wave)
    for _ in range(len(prices) + 2):
        wave, risen = risen, [0 for _ in range(0)]
        for j in wave:
            in_wave[j] = False
        for j in wave:
            for who in holders[begin[j] : begin[j + 1]]:
                utilities[who] = own[who] - prices[j]
                _ask(first, mentor, worth, utilities, prices, who, risen, in_wave)
        if not risen:
            return utilities, True
    return utilities, False


@njit(cache=True, nogil=True)
def _ask(
    first: Ints,
    mentor: Ints,
    worth: Ints,
    utilities: Ints,
    prices: Ints,
    who: int,
    risen: list[int],
    in_wave: NDArray[np.bool_],
) -> None:
    """Raises the prices that are below what this mentee would gain by the mentor."""
    for at in range(first[who], first[who + 1]):
        j = mentor[at]
        if worth[at] - utilities[who] > prices[j]:
            prices[j] = worth[at] - utilities[who]
            if not in_wave[j]:
                in_wave[j] = True
                risen.append(j)


@njit(cache=True, nogil=True)
def _by_mentor(mates: Ints, mentors: int) -> tuple[Ints, Ints]:
    """The mentees of mentor j are `holders[begin[j] : begin[j + 1]]`."""
    begin = np.zeros(mentors + 1, np.int64)
    for mate in mates:
        if mate >= 0:
            begin[mate + 1] += 1
    begin = np.cumsum(begin)
    filled, holders = begin.copy(), np.zeros(begin[-1], np.int64)
    for who in range(len(mates)):
        if mates[who] >= 0:
            holders[filled[mates[who]]] = who
            filled[mates[who]] += 1
    return begin, holders
