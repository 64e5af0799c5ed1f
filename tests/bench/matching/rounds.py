"""How bound and result draw near, round by round: the engine's own loop, overheard."""

from typing import Any

import numpy as np

from services.matching.engine.candidates import by_candidates
from services.matching.engine.prices import Dual
from services.matching.engine.problem import Problem
from tests.bench.matching.graph import priced


def rounds(problem: Problem) -> list[dict[str, Any]]:
    """Of each round: pairs that took part, the best of them, and what no matching of all pairs can pass.

    Both as the score beyond the coverage bonus of the whole result. What is best among some pairs is what their own
    prices bound it by (strong duality); with the same prices, each mentee's best of all pairs bounds all matchings.
    """
    seen: list[tuple[int, int, int]] = []

    def overheard(some: Problem) -> Dual:
        dual = priced(some)
        seen.append((len(some.score), dual.bound(some), _bound_of_all(problem, dual)))
        return dual

    dual, *_ = by_candidates(problem, overheard)
    matched = dual.bound(problem) // problem.coverage_bonus
    whole = problem.coverage_bonus * matched
    return [{"pairs": pairs, "score": best - whole, "bound": bound - whole} for pairs, best, bound in seen]


def _bound_of_all(problem: Problem, dual: Dual) -> int:
    gain = problem.coverage_bonus + problem.score - dual.prices[problem.mentor]
    most = np.zeros(len(problem.mentees), np.int64)
    np.maximum.at(most, problem.mentee, gain)
    return int(most.sum() + (problem.seats * dual.prices).sum())
