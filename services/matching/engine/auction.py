"""The best matching by an auction: mentees bid for seats until nobody would rather have another one.

Gauss-Seidel, with several seats per mentor (Bertsekas, The auction algorithm, Annals of Operations Research 14, 1988;
Bertsekas & Castañon, The auction algorithm for the transportation problem, ibid. 20, 1989). A mentor's price is the
lowest bid that holds one of their seats, and 0 while a seat is free. Values are multiplied by the number of mentees
plus one and each bid is higher by at least 1 than it need be: all bids together give away less than one point of the
true scale, so what the auction ends with is exactly the best.

Where seats are scarce, rivals of equal worth outbid each other in tiny steps. The auction does not begin where there
are too few, gives up after MOST_BIDS for each mentee, and whoever called asks the flow solver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from services.matching.engine.problem import LARGEST

if TYPE_CHECKING:
    from services.matching.engine.problem import Ints

MOST_BIDS = 100
"""Of 1 000 to 40 000 mentees with a tenth of the seats to spare each bid 20 to 40 times, with a fiftieth 40 to 80."""
NOBODY = -1


def auction(mentee: Ints, mentor: Ints, worth: Ints, seats: Ints, mentees: int) -> Ints | None:
    """The mentor of each mentee, -1 for none, so that the sum of worths is the highest; None if it gave up.

    Pairs are sorted by mentee; each worth is 0 or more, and a mentee who would gain nothing stays alone.
    """
    scale = mentees + 1
    too_few = int(seats[np.unique(mentor)].sum()) <= mentees
    if too_few or int(worth.max(initial=0)) * scale >= LARGEST // 2:
        return None
    first = np.searchsorted(mentee, np.arange(mentees + 1))
    last_seat = np.cumsum(np.minimum(seats, mentees))
    mates = np.full(mentees, NOBODY, np.int64)
    held = _bid(first, mentor, worth * scale, last_seat, mates, MOST_BIDS * mentees)
    return mates if held else None


@njit(cache=True, nogil=True)
def _bid(first: Ints, mentor: Ints, worth: Ints, last_seat: Ints, mates: Ints, most_bids: int) -> bool:
    """Fills `mates`; False if there were too many bids.

    The seats of mentor j lie in `bids[last_seat[j - 1] : last_seat[j]]`, the taken ones first, as a heap whose root
    is the lowest bid; `holder` says whose bid it is.
    """
    seats = np.diff(np.append(0, last_seat))
    bids, holder = np.zeros(seats.sum(), np.int64), np.full(seats.sum(), NOBODY)
    taken, prices = np.zeros(len(seats), np.int64), np.zeros(len(seats), np.int64)
    waiting, left = np.arange(len(mates) - 1, -1, -1), len(mates)
    while left and most_bids:
        left, most_bids = left - 1, most_bids - 1
        who = waiting[left]
        at, raise_by = _choose(first[who], first[who + 1], mentor, worth, prices, seats)
        if at == NOBODY:
            continue
        j = mentor[at]
        begin, mates[who] = last_seat[j] - seats[j], j
        if taken[j] < seats[j]:
            _push(bids, holder, begin, taken[j], prices[j] + raise_by, who)
            taken[j] += 1
        else:
            waiting[left], left = holder[begin], left + 1
            mates[holder[begin]] = NOBODY
            _replace_lowest(bids, holder, begin, taken[j], prices[j] + raise_by, who)
        if taken[j] == seats[j]:
            prices[j] = bids[begin]
    return left == 0


@njit(cache=True, nogil=True)
def _choose(begin: int, end: int, mentor: Ints, worth: Ints, prices: Ints, seats: Ints) -> tuple[int, int]:
    """The pair that this mentee gains most by, and how far they raise its price: to where the next best is as good."""
    best, gain, second = NOBODY, 0, 0
    for at in range(begin, end):
        here = worth[at] - prices[mentor[at]]
        if here > gain and seats[mentor[at]]:
            best, gain, second = at, here, gain
        elif here > second and seats[mentor[at]]:
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
