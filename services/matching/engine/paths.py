"""Places, one after the other, those whom the auction set aside: on the shortest way, others move over.

Successive shortest paths with prices (Tomizawa, Networks 1, 1971; Edmonds & Karp, JACM 19, 1972; for assignment:
Jonker & Volgenant, Computing 38, 1987). A way leads from the mentee to a mentor, from there to whoever holds a seat
of theirs, on to another mentor, and so on, and each step costs what is given up by it. It ends at a free seat, or with
somebody for whom it is cheapest to stay alone. Then the prices along it rise by what remained of its length, so that
the next way starts from a market in which everybody is content again.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from services.matching.engine.market import NOBODY

if TYPE_CHECKING:
    from services.matching.engine.market import Market
    from services.matching.engine.problem import Ints

FAR = 2**62


@njit(cache=True, nogil=True)
def place(market: Market, aside: Ints, most_looks: int) -> bool:
    """Gives everybody in `aside` a seat, or lets whoever loses least stay alone; False if it took too long."""
    utilities = _utilities(market)
    length, by = np.full(len(market.prices), FAR), np.full(len(market.prices), NOBODY)
    for who in aside:
        end, free, stays, reached, looks = _shortest(market, utilities, length, by, who)
        most_looks -= looks
        if most_looks < 0:
            return False
        utilities[who] -= end
        for j in reached:
            _raise(market, utilities, j, end - length[j])
            length[j] = FAR
        _move_over(market, by, who, free, stays)
    return True


@njit(cache=True, nogil=True)
def _utilities(market: Market) -> Ints:
    """What each mentee gains by the seat that is best at these prices; 0 if none is worth its price."""
    utilities = np.zeros(len(market.mates), np.int64)
    for who in range(len(utilities)):
        for at in range(market.first[who], market.first[who + 1]):
            utilities[who] = max(utilities[who], market.worth[at] - market.prices[market.mentor[at]])
    return utilities


@njit(cache=True, nogil=True)
def _shortest(
    market: Market, utilities: Ints, length: Ints, by: Ints, who: int
) -> tuple[int, int, int, list[int], int]:
    """The length of the shortest way, the mentor with a free seat or else the mentee who stays alone at its end.

    Dijkstra's. Fills the `length` to each mentor that was `reached`, and `by` whom; counts the looks at a mentee.
    """
    end, free, stays, looks = utilities[who], NOBODY, who, 1
    reached = [NOBODY for _ in range(0)]
    near = [(end, NOBODY) for _ in range(0)]
    end, free = _look(market, utilities, length, by, reached, near, who, 0, end, free)
    while near:
        way, j = heapq.heappop(near)
        if way >= end:
            break
        if way > length[j]:
            continue
        for seat in range(market.begin[j], market.begin[j + 1]):
            other = market.holder[seat]
            looks += 1
            if way + utilities[other] < end:
                end, free, stays = way + utilities[other], NOBODY, other
            end, free = _look(market, utilities, length, by, reached, near, other, way, end, free)
    return end, free, stays, reached, looks


@njit(cache=True, nogil=True)
def _look(
    market: Market,
    utilities: Ints,
    length: Ints,
    by: Ints,
    reached: list[int],
    near: list[tuple[int, int]],
    who: int,
    way: int,
    end: int,
    free: int,
) -> tuple[int, int]:
    """Goes on from a mentee at the end of a way to each mentor of theirs; gives the nearest end, and the free seat."""
    for at in range(market.first[who], market.first[who + 1]):
        j = market.mentor[at]
        there = way + utilities[who] - market.worth[at] + market.prices[j]
        if there >= length[j] or there >= end:
            continue
        if length[j] == FAR:
            reached.append(j)
        length[j], by[j] = there, who
        if market.begin[j] + market.taken[j] < market.begin[j + 1]:
            end, free = there, j
        else:
            heapq.heappush(near, (there, j))
    return end, free


@njit(cache=True, nogil=True)
def _raise(market: Market, utilities: Ints, j: int, step: int) -> None:
    """Raises a price, if the way went past this mentor; whoever holds a seat gains less by it."""
    if step > 0:
        market.prices[j] += step
        for seat in range(market.begin[j], market.begin[j] + market.taken[j]):
            utilities[market.holder[seat]] -= step


@njit(cache=True, nogil=True)
def _move_over(market: Market, by: Ints, who: int, free: int, stays: int) -> None:
    """Walks the way back from its end: each takes the seat that is given up behind them."""
    j = free
    if free != NOBODY:
        seat = market.begin[free] + market.taken[free]
        market.taken[free] += 1
    elif stays != who:
        j = market.mates[stays]
        seat = _seat_of(market, stays)
        market.mates[stays] = NOBODY
    else:
        return
    mover = NOBODY
    while mover != who:
        mover = by[j]
        before = market.mates[mover]
        left = _seat_of(market, mover) if mover != who else NOBODY
        market.holder[seat], market.mates[mover] = mover, j
        j, seat = before, left


@njit(cache=True, nogil=True)
def _seat_of(market: Market, who: int) -> int:
    seat = int(market.begin[market.mates[who]])
    while market.holder[seat] != who:
        seat += 1
    return seat
