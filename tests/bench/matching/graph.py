"""The exact matching on the graph of the best candidates: our auction with its prices, and OR-Tools."""

from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

from services.matching.engine.auction import auction
from services.matching.engine.candidates import BEST, REVERSE, best_of
from services.matching.engine.flow import flow
from services.matching.engine.prices import Dual, lowest_prices
from services.matching.engine.problem import Ints, Problem
from tests.bench.matching.timing import timed

TURNS = 3


def of_candidates(problem: Problem) -> Problem:
    """The pairs that the engine begins with."""
    chosen = best_of(problem.mentee, problem.score, len(problem.mentees), BEST)
    chosen = np.union1d(chosen, best_of(problem.mentor, problem.score, len(problem.mentors), REVERSE))
    mentee, mentor, score = (column[chosen] for column in (problem.mentee, problem.mentor, problem.score))
    return replace(problem, mentee=mentee, mentor=mentor, score=score)


def priced(problem: Problem) -> Dual:
    """Matched as the engine does it, by bids or else as a flow, and priced."""
    mates = bidden(problem)
    return lowest_prices(problem, flowed(problem) if mates is None else mates)


def bidden(problem: Problem) -> Ints | None:
    """Matched by the auction alone; None if it gave up."""
    columns = problem.mentee, problem.mentor, problem.score + problem.coverage_bonus
    mates: Ints | None = auction(*columns, problem.seats, len(problem.mentees))
    return mates


def flowed(problem: Problem) -> Ints:
    """Matched by OR-Tools alone."""
    return flow(problem, np.arange(len(problem.score)), problem.score)


def in_turn(problem: Problem) -> dict[str, Any]:
    """Seconds of both on the same graph, by turns, since the machine may have others; and their ratio."""
    graph = of_candidates(problem)
    turns = [(timed(lambda: priced(graph))[1], timed(lambda: flowed(graph))[1]) for _ in range(TURNS)]
    mine, theirs = (median(seconds) for seconds in zip(*turns, strict=True))
    ratio = median(one / other for one, other in turns)
    return {
        "seconds": mine,
        "ortools": theirs,
        "of_ortools": ratio,
        "pairs": len(graph.score),
        "gave_up": bidden(graph) is None,
    }
