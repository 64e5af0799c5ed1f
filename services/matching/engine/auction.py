"""The best matching by an auction: mentees bid for seats until nobody would rather have another one.

Gauss-Seidel, with several seats per mentor (Bertsekas, The auction algorithm, Annals of Operations Research 14, 1988;
Bertsekas & Castañon, The auction algorithm for the transportation problem, ibid. 20, 1989). A mentor's price is the
lowest bid that holds one of their seats, and 0 while a seat is free. Values are multiplied by the number of mentees
plus one and each bid is higher by at least 1 than it need be: all bids together give away less than one point of the
true scale, so what the auction ends with is exactly the best.

Rivals of equal worth outbid each other in tiny steps, without end where seats are short. Who has bid MOST_BIDS times is
therefore set aside, and placed when the others have calmed down (`paths`). Where there are too few seats for all, and
where that takes too long, whoever called asks the flow solver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from services.matching.engine.market import NOBODY, Market
from services.matching.engine.paths import place
from services.matching.engine.problem import LARGEST

if TYPE_CHECKING:
    from services.matching.engine.problem import Ints

MOST_BIDS = 40
"""Of each mentee. With a tenth of the seats to spare one in twenty bids so often."""
MOST_LOOKS = 40
"""Of each mentee, on average, on the ways of those who were set aside; 10 to 20 with a tenth of the seats to spare."""


def auction(mentee: Ints, mentor: Ints, worth: Ints, seats: Ints, mentees: int) -> Ints | None:
    """The mentor of each mentee, -1 for none, so that the sum of worths is the highest; None if it gave up.

    Pairs are sorted by mentee; each worth is 0 or more, and a mentee who would gain nothing stays alone.
    """
    scale = mentees + 1
    too_few = int(seats[np.unique(mentor)].sum()) <= mentees
    if too_few or int(worth.max(initial=0)) * scale >= LARGEST // 2:
        return None
    offered = seats[mentor] > 0
    market = Market.opened(mentee[offered], mentor[offered], worth[offered] * scale, seats, mentees)
    aside = _bid(market, MOST_BIDS)
    return market.mates if place(market, aside, MOST_LOOKS * mentees) else None


@njit(cache=True, nogil=True)
def _bid(market: Market, most_bids: int) -> Ints:
    """Lets everybody bid; gives the mentees who were set aside."""
    mates, prices, begin, bids = market.mates, market.prices, market.begin, market.bids
    waiting, left = np.arange(len(mates) - 1, -1, -1), len(mates)
    tried, aside = np.zeros(len(mates), np.int64), np.zeros(len(mates), np.bool_)
    while left:
        left -= 1
        who = waiting[left]
        tried[who] += 1
        aside[who] = tried[who] > most_bids
        at, raise_by = _choose(market, who)
        if at == NOBODY or aside[who]:
            continue
        j = market.mentor[at]
        mates[who] = j
        if begin[j] + market.taken[j] < begin[j + 1]:
            _push(bids, market.holder, begin[j], market.taken[j], prices[j] + raise_by, who)
            market.taken[j] += 1
        else:
            out = market.holder[begin[j]]
            mates[out], waiting[left], left = NOBODY, out, left + 1
            _replace_lowest(bids, market.holder, begin[j], market.taken[j], prices[j] + raise_by, who)
        if begin[j] + market.taken[j] == begin[j + 1]:
            prices[j] = bids[begin[j]]
    return np.flatnonzero(aside)


@njit(cache=True, nogil=True)
def _choose(market: Market, who: int) -> tuple[int, int]:
    """The pair that this mentee gains most by, and how far they raise its price: to where the next best is as good."""
    best, gain, second = NOBODY, 0, 0
    for at in range(market.first[who], market.first[who + 1]):
        here = market.worth[at] - market.prices[market.mentor[at]]
        if here > gain:
            best, gain, second = at, here, gain
        elif here > second:
            second = here
    return best, gain - second + 1


@njit(cache=True, nogil=True)
def _push(bids: Ints, holder: Ints, begin: int, size: int, bid: int, who: int) -> None:
    at = size
    while at > 0 and bids[begin + (at - 1) // 2] > bid:
        above = (at - 1) // 2
        bids[begin + at], holder[begin + at] = bids[begin + above], holder[begin + above]
        at = above
    bids[begin + at], holder[begin + at] = bid, who


@njit(cache=True, nogil=True)
def _replace_lowest(bids: Ints, holder: Ints, begin: int, size: int, bid: int, who: int) -> None:
    at = 0
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and bids[begin + below + 1] < bids[begin + below]:
            below += 1
        if bids[begin + below] >= bid:
            break
        bids[begin + at], holder[begin + at] = bids[begin + below], holder[begin + below]
        at = below
    bids[begin + at], holder[begin + at] = bid, who
