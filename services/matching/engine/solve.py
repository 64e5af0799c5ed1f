"""The best matching: as many mentees as possible, then the highest total score, then the lot.

Two assignments. The first is an optimum of coverage and score. Its prices tell which pairs belong to some optimum:
those where utility + price is exactly what the pair is worth. The second draws the lot among just these by a hash of
the two ids, so that the answer is one, whatever the order of the input or the alphabet of the names.

Where there are many pairs a few stand for all until the prices say that none is missing (`candidates`). Each assignment
is found by the auction or, for few people and for scarce seats, as a flow.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from services.matching.engine.flow import flow
from services.matching.engine.pairs import Chosen
from services.matching.engine.prices import Dual, lowest_prices
from services.matching.engine.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.matching.engine.pairs import Pairs
    from services.matching.engine.problem import Ints
    from services.matching.engine.survey import Progress

LOT_BITS = 24
FEW = 500
"""Mentees; below, a flow takes milliseconds, and less than loading the compiler."""
MANY = 200_000
"""Pairs; below, all of them go in at once."""


class Solved(NamedTuple):
    """The best matching, and the lowest prices that prove it."""

    mates: Ints
    """[mentees] the mentor's index, -1 for none."""
    dual: Dual
    rounds: int
    """How often pairs were added and solved again; 1 where all went in at once."""


def solve(pairs: Pairs, progress: Progress | None = None) -> Solved:
    """The best matching of these people."""
    if isinstance(pairs, Problem) and pairs.allowed < MANY:
        dual, rounds = _prove(pairs), 1
        worth = pairs.coverage_bonus + pairs.score
        just = np.flatnonzero(dual.utilities[pairs.mentee] + dual.prices[pairs.mentor] == worth)
        tight = Chosen(pairs.mentee[just], pairs.mentor[just], pairs.score[just])
    else:
        from services.matching.engine.candidates import by_candidates  # noqa: PLC0415 - compiled: see FEW

        dual, rounds, tight = by_candidates(pairs, _prove, progress)
    return Solved(_draw_lots(Problem(pairs.mentees, pairs.mentors, pairs.seats, *tight), dual), dual, rounds)


def _prove(problem: Problem) -> Dual:
    return lowest_prices(problem, _assigned(problem, problem.score, bonus=problem.coverage_bonus))


def _draw_lots(tight: Problem, dual: Dual) -> Ints:
    """The optimum with the highest sum of hashes, of the pairs that are worth just utility + price.

    By complementary slackness a matching is an optimum if and only if it uses tight pairs only, matches every
    mentee with a utility above 0 and fills every mentor with a price above 0.
    """
    must = (1 << LOT_BITS) * (len(tight.mentees) + 1)
    hashes = lots(tight.mentees, tight.mentors, tight.mentee, tight.mentor)
    musts = must * (dual.utilities > 0)[tight.mentee] + must * (dual.prices > 0)[tight.mentor]
    return _assigned(tight, hashes + musts)


def _assigned(problem: Problem, worth: Ints, *, bonus: int = 0) -> Ints:
    """As many pairs as possible that are worth most together, as the mentor of each mentee.

    `bonus` is what makes one pair more outweigh everything; 0 where the worths see to that by themselves.
    """
    if len(problem.mentees) >= FEW:
        from services.matching.engine.auction import auction  # noqa: PLC0415 - compiled: see FEW

        mates = auction(problem.mentee, problem.mentor, worth + bonus, problem.seats, len(problem.mentees))
        if mates is not None:
            return mates
    return flow(problem, np.arange(len(worth)), worth)


def lots(mentees: Iterable[str], mentors: Iterable[str], mentee: Ints, mentor: Ints) -> Ints:
    """A number of 24 bits for each pair (two columns of indexes) that depends on the two ids alone."""
    of_mentee = np.array([_hash(person) for person in mentees], np.uint64)
    of_mentor = np.array([_hash(person) for person in mentors], np.uint64)
    mixed = of_mentee[mentee] ^ (of_mentor[mentor] * np.uint64(0x9E3779B97F4A7C15))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # the mixer of SplitMix64
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed >> np.uint64(64 - LOT_BITS)).astype(np.int64)


def _hash(person: str) -> int:
    return int.from_bytes(sha256(person.encode()).digest()[:8], "big")
