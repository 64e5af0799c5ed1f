"""The best matching: as many mentees as possible, then the highest total score, then the lot.

Two assignments. The first is an optimum of coverage and score. Its prices tell which pairs belong to some optimum:
those where utility + price is exactly what the pair is worth. The second draws the lot among just these by a hash of
the two ids, so that the answer is one, whatever the order of the input or the alphabet of the names.

Where there are many pairs a few stand for all until the prices say that none is missing (`candidates`). Each assignment
is found by the auction or, for few people and for scarce seats, as a flow of least cost among the largest through
source → mentee (1) → mentor (1 per pair) → sink (seats) (Ahuja, Magnanti & Orlin, Network Flows, 1993, ch. 10 and 12).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from services.matching.engine.auction import auction
from services.matching.engine.candidates import by_candidates
from services.matching.engine.prices import Dual, lowest_prices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.matching.engine.problem import Ints, Problem

LOT_BITS = 24
FEW = 500
"""Mentees; below, a flow takes milliseconds and nothing has to be compiled."""
MANY = 200_000
"""Pairs; below, all of them go in at once."""


class Solved(NamedTuple):
    """The best matching, and the lowest prices that prove it."""

    mates: Ints
    """[mentees] the mentor's index, -1 for none."""
    dual: Dual
    rounds: int
    """How often pairs were added and solved again; 1 where all went in at once."""


def solve(problem: Problem) -> Solved:
    """The best matching of these people."""
    dual, rounds = by_candidates(problem, _prove) if len(problem.score) >= MANY else (_prove(problem), 1)
    return Solved(_draw_lots(problem, dual), dual, rounds)


def _prove(problem: Problem) -> Dual:
    every = np.arange(len(problem.score))
    return lowest_prices(problem, _assigned(problem, every, problem.score, bonus=problem.coverage_bonus))


def _draw_lots(problem: Problem, dual: Dual) -> Ints:
    """The optimum with the highest sum of hashes.

    By complementary slackness a matching is an optimum if and only if it uses tight pairs only, matches every
    mentee with a utility above 0 and fills every mentor with a price above 0.
    """
    worth = problem.coverage_bonus + problem.score
    tight = np.flatnonzero(dual.utilities[problem.mentee] + dual.prices[problem.mentor] == worth)
    must = (1 << LOT_BITS) * (len(problem.mentees) + 1)
    hashes = lots(problem.mentees, problem.mentors, problem.mentee[tight], problem.mentor[tight])
    musts = must * (dual.utilities > 0)[problem.mentee[tight]] + must * (dual.prices > 0)[problem.mentor[tight]]
    return _assigned(problem, tight, hashes + musts)


def _assigned(problem: Problem, pairs: Ints, worth: Ints, *, bonus: int = 0) -> Ints:
    """As many of these pairs as possible that are worth most together, as the mentor of each mentee.

    `bonus` is what makes one pair more outweigh everything; 0 where the worths see to that by themselves.
    """
    if len(problem.mentees) >= FEW:
        columns = problem.mentee[pairs], problem.mentor[pairs], worth + bonus
        mates = auction(*columns, problem.seats, len(problem.mentees))
        if mates is not None:
            return mates
    return _flow(problem, pairs, worth)


def _flow(problem: Problem, pairs: Ints, worth: Ints) -> Ints:
    mentees, mentors = len(problem.mentees), len(problem.mentors)
    source, sink = mentees + mentors, mentees + mentors + 1
    starts = np.concatenate([problem.mentee[pairs], np.full(mentees, source), mentees + np.arange(mentors)])
    ends = np.concatenate([mentees + problem.mentor[pairs], np.arange(mentees), np.full(mentors, sink)])
    room = np.concatenate([np.ones(len(pairs) + mentees, np.int64), np.minimum(problem.seats, mentees)])
    network = SimpleMinCostFlow()
    costs = np.concatenate([-worth, np.zeros(mentees + mentors, np.int64)])
    arcs = network.add_arcs_with_capacity_and_unit_cost(starts, ends, room, costs)
    network.set_nodes_supplies([source, sink], [mentees, -mentees])
    status = network.solve_max_flow_with_min_cost()
    if status != network.OPTIMAL:
        raise ArithmeticError(f"the flow solver gave up: {status}")
    mates = np.full(mentees, -1)
    used = pairs[network.flows(arcs[: len(pairs)]) > 0]
    mates[problem.mentee[used]] = problem.mentor[used]
    return mates


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
