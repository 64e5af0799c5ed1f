"""What others take for the same numbers. Each gives the mentor of each mentee, -1 for none."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from services.matching.engine.flow import flow
from services.matching.engine.problem import Ints, Problem
from services.matching.engine.stability import stable_matching

Solve = Callable[[Problem], Ints]


def scipy_dense(problem: Problem) -> Ints:
    """`linear_sum_assignment`: a column for each seat, and worth 0 for what is not allowed."""
    worth = np.zeros((len(problem.mentees), len(problem.mentors)))
    worth[problem.mentee, problem.mentor] = problem.coverage_bonus + problem.score
    owner = np.repeat(np.arange(len(problem.mentors)), problem.seats)
    rows, columns = linear_sum_assignment(worth[:, owner], maximize=True)
    mates = np.full(len(problem.mentees), -1)
    allowed = worth[rows, owner[columns]] > 0
    mates[rows[allowed]] = owner[columns[allowed]]
    return mates


def scipy_sparse(problem: Problem) -> Ints:
    """`min_weight_full_bipartite_matching`: a column for each seat, and one for each mentee who stays alone.

    It must match every row, and takes no weight of 0; so staying alone is worth 1, and a pair 1 more than it is.
    """
    mentees, seats = len(problem.mentees), int(problem.seats.sum())
    copies = problem.seats[problem.mentor]
    pair = np.repeat(np.arange(len(problem.score)), copies)
    nth = np.arange(len(pair)) - np.repeat(np.cumsum(copies) - copies, copies)
    column = (np.cumsum(problem.seats) - problem.seats)[problem.mentor[pair]] + nth
    alone = np.arange(mentees)
    worth = np.concatenate([problem.coverage_bonus + 1.0 + problem.score[pair], np.ones(mentees)])
    places = np.concatenate([problem.mentee[pair], alone]), np.concatenate([column, seats + alone])
    graph = csr_array((worth, places), shape=(mentees, seats + mentees))
    rows, columns = min_weight_full_bipartite_matching(graph, maximize=True)
    owner = np.append(np.repeat(np.arange(len(problem.mentors)), problem.seats), np.full(mentees, -1))
    mates = np.full(mentees, -1)
    mates[rows] = owner[columns]
    return mates


def ortools_flow(problem: Problem) -> Ints:
    """`SimpleMinCostFlow` over all allowed pairs, fed with arrays."""
    return flow(problem, np.arange(len(problem.score)), problem.score)


def greedy(problem: Problem) -> Ints:
    """The best pair of all, then the best of those who are left, and so on."""
    return stable_matching(problem)


def mentor_match(problem: Problem) -> Ints:
    """The PyPI package as its page shows it, one round: a mentor for each seat, and a rule that knows our scores."""
    from matching.mentee import Mentee
    from matching.mentor import Mentor
    from matching.process import process_data

    owner = np.repeat(np.arange(len(problem.mentors)), problem.seats).tolist()
    mentors = [Mentor(grade=0, email=f"mentor {seat}") for seat in range(len(owner))]
    mentees = [Mentee(grade=0, email=f"mentee {number}") for number in range(len(problem.mentees))]
    process_data(mentors, mentees, [[_OurScores(problem, owner)]])
    mates = np.full(len(mentees), -1)
    for mentor in mentors:
        for mentee in mentor.mentees:
            mates[int(mentee.email.split()[1])] = owner[int(mentor.email.split()[1])]
    return mates


class _OurScores:
    """A rule of theirs."""

    def __init__(self, problem: Problem, owner: list[int]) -> None:
        columns = zip(problem.mentee.tolist(), problem.mentor.tolist(), problem.score.tolist(), strict=True)
        self._score = {(mentee, mentor): score for mentee, mentor, score in columns}
        self._owner = owner

    def apply(self, match) -> int:  # type: ignore[no-untyped-def]
        """The score of a pair, which is disallowed where there is none."""
        mentee, seat = (int(one.email.split()[1]) for one in (match.mentee, match.mentor))
        score = self._score.get((mentee, self._owner[seat]))
        match.disallowed = score is None
        return score or 0


@dataclass(frozen=True)
class Rival:
    """One of them: how its row is named, and the bytes that it needs at least."""

    name: str
    solve: Solve
    per_cell: int = 0
    """Bytes for each mentee and seat."""
    per_pair: int = 24
    """Bytes for each allowed pair; the columns alone are 24."""
    largest: int = 10**9
    """Mentees beyond which nobody would wait for it."""

    def bytes(self, mentees: int, seats: int, allowed: int) -> int:
        """What it needs at least for an instance."""
        return self.per_cell * mentees * seats + self.per_pair * allowed


RIVALS = {
    "scipy_dense": Rival("SciPy dense (`linear_sum_assignment`)", scipy_dense, per_cell=8),
    "scipy_sparse": Rival("SciPy sparse (`min_weight_full_bipartite_matching`)", scipy_sparse, per_pair=100),
    "ortools": Rival("OR-Tools (`SimpleMinCostFlow`), all pairs", ortools_flow, per_pair=80),
    "mentor_match": Rival("`mentor-match` from PyPI", mentor_match, largest=1_000),
    "greedy": Rival("greedy, best pair first", greedy, per_pair=48),
}
