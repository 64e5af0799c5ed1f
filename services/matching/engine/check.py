"""The proof looked at once more where it has millions of pairs: what `verify` asks, in one pass over all of them.

It shares no code with the solver either, and takes a second where plain Python takes a minute. Small results are given
to `verify` itself, and so is every result in files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from services.matching.engine.certificate import MILLION
from services.matching.engine.digest import of_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.matching.engine.pairs import Pairs, Rows
    from services.matching.engine.prices import Dual
    from services.matching.engine.problem import Ints


class Weighed(NamedTuple):
    """What one pass over all pairs says about a matching and its prices."""

    gains: Ints
    """[mentees] the most that is left to each over all their pairs, at least 0."""
    asked: Ints
    """[mentors] likewise."""
    own: Ints
    """[mentees] the score of each one's pair, -1 for none that is allowed."""
    allowed: int
    digests: tuple[bytes, ...]
    """Of the pairs, as in `digest`."""


def weighed(pairs: Pairs, mates: Ints, dual: Dual) -> Weighed:
    """The pass."""
    gains, own, allowed = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
    digests: list[bytes] = []
    asked = np.zeros(len(pairs.mentors), np.int64)
    for block in pairs.passed(weigh_block, pairs.coverage_bonus, mates, dual.utilities, dual.prices):
        gains.append(block.gains)
        own.append(block.own)
        asked = np.maximum(asked, block.asked)
        digests += block.digests
        allowed += block.allowed
    return Weighed(np.concatenate(gains), asked, np.concatenate(own), allowed, tuple(digests))


def weigh_block(block: Iterator[Rows], bonus: int, mates: Ints, utilities: Ints, prices: Ints) -> Weighed:
    """The same of some mentees."""
    gains, owned, digests, allowed, asked = [], [], [], 0, np.zeros(len(prices), np.int64)
    for rows in block:
        owner, worth = rows.owner(), bonus + rows.score
        gains.append(rows.most(worth - prices[rows.mentor], 0))
        np.maximum.at(asked, rows.mentor, worth - utilities[rows.who][owner])
        own = np.full(len(rows.who), -1, np.int64)
        met = np.flatnonzero(mates[rows.who][owner] == rows.mentor)
        own[owner[met]] = rows.score[met]
        owned.append(own)
        digests.append(of_rows(rows))
        allowed += len(rows.score)
    return Weighed(np.concatenate(gains), asked, np.concatenate(owned), allowed, tuple(digests))


def doubts(pairs: Pairs, mates: Ints, dual: Dual, loss_ppm: int = 0, seen: Weighed | None = None) -> Iterator[str]:
    """What is wrong with a matching and the prices that prove it, in sentences; nothing if it is proven.

    It may miss so many millionths of the score that is possible with as many pairs (`fairness`), and no pair. `seen`
    is what a pass said already.
    """
    matched, seen = mates >= 0, seen or weighed(pairs, mates, dual)
    taken = np.bincount(mates[matched], minlength=len(pairs.mentors))
    if (taken > pairs.seats).any():
        yield "a mentor has more mentees than seats"
    if (seen.own[matched] < 0).any():
        yield "somebody has a mentor whom a rule forbids"
    if (dual.prices < 0).any() or (dual.utilities < 0).any():
        yield "a price or a utility is below 0"
    if not np.array_equal(seen.gains, dual.utilities):
        yield "a utility is not what the mentee gains at these prices"
    if not np.array_equal(seen.asked, dual.prices):
        yield "a price is not what is asked for the seat"
    own = seen.own[seen.own >= 0]
    score = int(own.sum())
    bound = int(dual.utilities.sum()) + int((pairs.seats * dual.prices).sum())
    missed = bound - pairs.coverage_bonus * len(own) - score
    if not 0 <= missed * MILLION <= loss_ppm * (score + missed):
        yield "the matching does not reach its bound"
