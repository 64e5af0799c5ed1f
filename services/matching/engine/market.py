"""Seats, bids and prices while mentees look for a seat: what the auction leaves to the paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from services.matching.engine.problem import Ints

NOBODY = -1


class Market(NamedTuple):
    """Columns that compiled code changes in place.

    Nobody who has a seat gains as much as 2 more by another one at these prices, and a seat is free at price 0 only.
    """

    first: Ints
    """[mentees + 1] the pairs of mentee i are `first[i] : first[i + 1]`."""
    mentor: Ints
    """[pairs]"""
    worth: Ints
    """[pairs]"""
    begin: Ints
    """[mentors + 1] the seats of mentor j are `begin[j] : begin[j + 1]`, the taken ones first."""
    bids: Ints
    """[seats] of each mentor a heap whose root is the lowest bid."""
    holder: Ints
    """[seats] whose bid it is."""
    taken: Ints
    """[mentors]"""
    prices: Ints
    """[mentors]"""
    mates: Ints
    """[mentees] the mentor's index, or NOBODY."""

    @staticmethod
    def opened(mentee: Ints, mentor: Ints, worth: Ints, seats: Ints, mentees: int) -> Market:
        """All seats free. Pairs are sorted by mentee, and each is with a mentor who has a seat."""
        begin = np.append(0, np.cumsum(np.minimum(seats, mentees)))
        return Market(
            first=np.searchsorted(mentee, np.arange(mentees + 1)),
            mentor=mentor,
            worth=worth,
            begin=begin,
            bids=np.zeros(begin[-1], np.int64),
            holder=np.full(begin[-1], NOBODY),
            taken=np.zeros(len(seats), np.int64),
            prices=np.zeros(len(seats), np.int64),
            mates=np.full(mentees, NOBODY),
        )
