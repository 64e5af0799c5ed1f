"""An instance as its folder keeps it: the people, and the allowed pairs as columns, for processes of their own."""

import json
import pickle
from pathlib import Path

import numpy as np

from services.matching.engine.problem import Ints, Problem
from services.matching.engine.survey import survey
from tests.bench.matching.instance import Sides, even_seats

COLUMNS = ("mentee", "mentor", "score")


def keep(folder: Path, sides: Sides) -> None:
    """Writes the people."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "people.pickle").write_bytes(pickle.dumps(sides))


def keep_pairs(folder: Path) -> None:
    """Asks every rule and scores every pair once, so that whoever only solves need not."""
    sides = people(folder)
    found = survey(*sides)
    for name in COLUMNS:
        np.save(folder / f"{name}.npy", np.frombuffer(getattr(found, name), np.int64).astype(np.int32))
    counts = {"mentees": len(sides.mentees), "mentors": len(sides.mentors), "allowed": len(found.score)}
    (folder / "counts.json").write_text(json.dumps(counts))


def people(folder: Path) -> Sides:
    """The people of an instance."""
    sides: Sides = pickle.loads((folder / "people.pickle").read_bytes())  # noqa: S301 - we wrote it
    return sides


def counts(folder: Path) -> dict[str, int]:
    """How many mentees, mentors and allowed pairs."""
    found: dict[str, int] = json.loads((folder / "counts.json").read_text())
    return found


def problem(folder: Path, ratio: float) -> Problem:
    """The numbers alone, with so many seats for each mentee; the names are made up."""
    size = counts(folder)
    sides = ([f"{number:06}" for number in range(size[side])] for side in ("mentees", "mentors"))
    columns: list[Ints] = [np.load(folder / f"{name}.npy").astype(np.int64) for name in COLUMNS]
    return Problem(*map(tuple, sides), even_seats(size["mentees"], size["mentors"], ratio), *columns)  # type: ignore[arg-type]


def total(problem: Problem, mates: Ints) -> tuple[int, int]:
    """How many are matched, and their score."""
    mine = problem.score[mates[problem.mentee] == problem.mentor]
    return len(mine), int(mine.sum())
