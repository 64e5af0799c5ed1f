"""A cohort from people to proof, beside what others take for the same numbers: `make bench-matching`.

    .venv/bin/python -m tests.bench.matching [--people 2000 16000] [--seats 1.1 1.0 0.9]

The company is the demo's. Everybody who solves the same instance must find the same coverage and score, or it stops.
SciPy and the flow over all pairs are left out where they need more than a few gigabytes.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from contracts.matching import ProgramOpened
from deploy.local.demo.company import write_company
from services.matching.engine import solve, survey
from services.matching.engine.check import doubts
from services.matching.engine.flow import flow
from services.matching.engine.frame import Frame, frame_of
from services.matching.engine.people import Person, person_from
from services.matching.engine.problem import Ints, Problem
from services.matching.engine.warm import warm
from services.matching.files.people import read_people
from tests.bench import render, results

FEW, LARGEST_TABLE = 3_000_000, 120_000_000
"""Pairs up to which the flow and the readable reference take part, and cells (8 bytes each) up to which SciPy does."""
T = TypeVar("T")
Sides = tuple[list[Person], list[Person], Frame]


def company(size: int, seed: int) -> Sides:
    """Mentees and mentors of the demo's company, under the default policy."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_company(folder / "people.csv", size=size, seed=seed)
        profiles = read_people(folder / "people.csv", {}, folder, now=datetime.now(UTC)).profiles
    people = sorted((person_from(profile) for profile in profiles), key=lambda person: person.id)
    sides = ([person for person in people if role in person.roles] for role in ("mentee", "mentor"))
    return *sides, frame_of(ProgramOpened.example().policy.model_copy(update={"functions": ()}), people)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """The result and the seconds."""
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def cohort(sides: Sides, ratio: float) -> dict[str, Any]:
    """One size at one number of seats for each mentee."""
    mentees, mentors, frame = sides
    found, surveying = timed(lambda: survey.survey(mentees, mentors, frame))
    seats = np.diff(np.linspace(0, ratio * len(mentees), len(mentors) + 1).astype(np.int64))
    problem = found.problem(mentees, mentors, seats.tolist())
    solved, solving = timed(lambda: solve.solve(problem))
    wrong, checking = timed(lambda: list(doubts(problem, solved.mates, solved.dual)))
    if wrong:
        raise SystemExit(f"it does not hold: {wrong}")
    _, hashing = timed(lambda: problem.inputs_sha256(scale=1, policy_version=1))
    numbers = {
        "mentees": len(mentees),
        "mentors": len(mentors),
        "seats": ratio,
        "allowed": len(problem.score),
        "survey": surveying,
        "solve": solving,
        "proof": checking + hashing,
        "rounds": solved.rounds,
        "matched": int((solved.mates >= 0).sum()),
    }
    return numbers | others(problem, solved.mates, sides)


def others(problem: Problem, mates: Ints, sides: Sides) -> dict[str, float]:
    """Seconds of those who do the same another way; each must find what we found."""
    seconds: dict[str, float] = {}
    if len(problem.score) <= FEW:
        seconds["reference"] = 10 * timed(lambda: [survey.looked(*sides, at) for at in range(0, len(sides[0]), 10)])[1]
        best, seconds["flow"] = timed(lambda: flow(problem, np.arange(len(problem.score)), problem.score))
        agree(problem, mates, best)
    if len(problem.mentees) * int(problem.seats.sum()) <= LARGEST_TABLE:
        dense, seconds["scipy"] = timed(lambda: scipy_dense(problem))
        agree(problem, mates, dense)
    return seconds


def agree(problem: Problem, mates: Ints, rival: Ints) -> None:
    """Ends everything if they did not find the same coverage and score."""
    if total(problem, rival) != total(problem, mates):
        raise SystemExit(f"they differ: {total(problem, rival)} and {total(problem, mates)}")


def scipy_dense(problem: Problem) -> Ints:
    """The matching by `linear_sum_assignment`: a column for each seat, and worth 0 for what is not allowed."""
    worth = np.zeros((len(problem.mentees), len(problem.mentors)))
    worth[problem.mentee, problem.mentor] = problem.coverage_bonus + problem.score
    owner = np.repeat(np.arange(len(problem.mentors)), problem.seats)
    rows, columns = linear_sum_assignment(worth[:, owner], maximize=True)
    mates = np.full(len(problem.mentees), -1)
    allowed = worth[rows, owner[columns]] > 0
    mates[rows[allowed]] = owner[columns[allowed]]
    return mates


def total(problem: Problem, mates: Ints) -> tuple[int, int]:
    """How many are matched, and their score."""
    return int((mates >= 0).sum()), int(problem.score[mates[problem.mentee] == problem.mentor].sum())


def main(sizes: Sequence[int], ratios: Sequence[float], seed: int) -> None:
    """Measures and saves."""
    on = results.surroundings()
    warm()
    rows = []
    for size in sorted(sizes):
        sides = company(size, seed)
        for ratio in ratios:
            rows.append(cohort(sides, ratio))
            print(rows[-1], flush=True)
    results.save("matching", on, rows)
    render.main()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[2_000, 16_000])
    parser.add_argument("--seats", type=float, nargs="+", default=[1.1, 1.0, 0.9])
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    main(asked.people, asked.seats, asked.seed)
