"""One contestant on one instance, in a process of its own: `python -m tests.bench.matching.play NAME FOLDER SEATS`.

The last line it prints is JSON. What was loaded before counts as memory, since no contestant can do without, and not
as time.
"""

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from services.matching.engine.cohort import settle_cohort
from services.matching.engine.warm import warm
from tests.bench.matching import kept
from tests.bench.matching.graph import in_turn
from tests.bench.matching.instance import even_seats
from tests.bench.matching.numpy_blocks import scores_of
from tests.bench.matching.rivals import RIVALS
from tests.bench.matching.rounds import rounds
from tests.bench.matching.timing import peak_bytes, timed

SCORED_AT_MOST = 600
"""Mentees whose pairs NumPy scores; the time of all is in proportion."""


def ours(folder: Path, ratio: float, name: str = "ours") -> dict[str, Any]:
    """From the people to the proof: rules, scores, matching, prices, certificate, and the check of all of it."""
    mentees, mentors, frame = kept.people(folder)
    everyone = list({person.id: person for person in (*mentees, *mentors)}.values())
    if name == "shuffled":
        random.Random(1).shuffle(everyone)
    free = even_seats(len(mentees), len(mentors), ratio).tolist()
    seats = {mentor.id: count for mentor, count in zip(mentors, free, strict=True)}
    seeking = {person.id for person in mentees}
    warm()
    phases: dict[str, float] = {}

    def progress(phase: str, share: float, matched_bound: int | None = None) -> None:
        phases.setdefault(phase, time.perf_counter())

    began = time.perf_counter()
    outcome, _ = settle_cohort(everyone, seats, frame, policy_version=1, mentees=seeking, progress=progress)
    ended, peak = time.perf_counter(), peak_bytes()
    mates = _in_order(outcome, [one.id for one in mentees], [one.id for one in mentors])
    _save(folder, name, ratio, mates)
    prices = _prices_in_order(outcome, [one.id for one in mentors])
    np.savez(folder / f"dual-{ratio}.npz", utilities=outcome.dual.utilities, prices=prices)
    told = outcome.certificate
    surveyed = phases["best matching and proof"] - began
    return {
        "seconds": ended - began,
        "survey": surveyed,
        "solve": told.seconds - surveyed,
        "peak_bytes": peak,
        "matched": told.matched,
        "matched_bound": told.matched_bound,
        "score": told.score,
        "score_bound": told.score_bound,
        "gap_ppm": told.gap_ppm,
        "allowed": told.allowed_pairs,
        "rounds": told.rounds,
    }


def shuffled(folder: Path, ratio: float) -> dict[str, Any]:
    """Ours again, with the people in another order."""
    return ours(folder, ratio, "shuffled")


def _in_order(outcome: Any, mentees: list[str], mentors: list[str]) -> Any:
    """The mates with the indexes of the instance: whoever has no seat is not in the outcome."""
    at = {mentor: index for index, mentor in enumerate(mentors)}
    place = np.array([at[mentor] for mentor in outcome.problem.mentors])
    assert list(outcome.problem.mentees) == mentees
    return np.where(outcome.mates >= 0, place[outcome.mates], -1)


def _prices_in_order(outcome: Any, mentors: list[str]) -> Any:
    price = dict(zip(outcome.problem.mentors, outcome.dual.prices.tolist(), strict=True))
    return np.array([price.get(mentor, 0) for mentor in mentors], np.int64)


def rival(name: str, folder: Path, ratio: float) -> dict[str, Any]:
    """The matching alone, of scores that somebody else worked out."""
    problem = kept.problem(folder, ratio)
    mates, seconds = timed(lambda: RIVALS[name].solve(problem))
    peak = peak_bytes()
    _save(folder, name, ratio, mates)
    matched, score = kept.total(problem, mates)
    return {"seconds": seconds, "peak_bytes": peak, "matched": matched, "score": score}


def numpy_blocks(folder: Path, _: float) -> dict[str, Any]:
    """Rules and scores alone, in blocks of NumPy; each score must be ours."""
    sides = kept.people(folder)
    every = max(1, len(sides.mentees) // SCORED_AT_MOST)
    some = np.arange(0, len(sides.mentees), every)
    scores, seconds = timed(lambda: scores_of(sides, some))
    peak = peak_bytes()
    problem = kept.problem(folder, 1.0)
    ours_there = np.full((len(sides.mentees), len(sides.mentors)), -1, np.int32)
    ours_there[problem.mentee, problem.mentor] = problem.score
    if (ours_there[some] != scores).any():
        raise SystemExit("NumPy's scores are not ours")
    return {"seconds": seconds * len(sides.mentees) / len(some), "peak_bytes": peak, "scored": len(some)}


def graph(folder: Path, ratio: float) -> dict[str, Any]:
    """Ours beside OR-Tools on the graph of candidates, compiled and loaded before."""
    warm()
    return in_turn(kept.problem(folder, ratio)) | {"peak_bytes": peak_bytes()}


def converging(folder: Path, ratio: float) -> dict[str, Any]:
    """Bound and result of each round."""
    warm()
    return {"rounds": rounds(kept.problem(folder, ratio))}


def _save(folder: Path, name: str, ratio: float, mates: Any) -> None:
    np.save(folder / f"mates-{name}-{ratio}.npy", mates)


PLAYS = {each.__name__: each for each in (ours, shuffled, numpy_blocks, graph, converging)}


def main(name: str, folder: Path, ratio: float) -> None:
    """Plays and tells."""
    told = rival(name, folder, ratio) if name in RIVALS else PLAYS[name](folder, ratio)
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
