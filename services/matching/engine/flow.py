"""The best matching as a flow of least cost among the largest.

It runs through source → mentee (1) → mentor (1 per pair) → sink (seats):
Ahuja, Magnanti & Orlin, Network Flows, 1993, ch. 10 and 12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

if TYPE_CHECKING:
    from services.matching.engine.problem import Ints, Problem


def flow(problem: Problem, pairs: Ints, worth: Ints) -> Ints:
    """[mentees] the mentor of each, -1 for none: as many of these pairs as possible that are worth most together."""
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
