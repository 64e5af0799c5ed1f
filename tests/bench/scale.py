"""A large cohort in passes: `python -m tests.bench.scale [--mentees 100000] [--json]` (half an hour at 100 000).

What it finds is kept for the page that `tests.bench.matching` writes; with `--json` it is only told.

To invent so many people takes as long as to match them: `--folder` keeps them. Seconds are of the processor, and all of
it is one thread, so that others on the machine matter little. A process of its own measures, so that its memory is that
of the cohort, people included. Goals have drawn vectors, since only their width costs something.
"""

import argparse
import json
import sys
import tempfile
import time
from array import array
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from contracts.matching import SCORE_SCALE
from services.matching.engine import candidates, solve
from services.matching.engine.meaning import LENGTH, RANK
from services.matching.engine.settle import settle
from services.matching.engine.streamed import Streamed, streamed
from services.matching.engine.sweeping import AT_ONCE, Sweep, sweep_of
from services.matching.engine.warm import warm
from tests.bench import results
from tests.bench.matching import kept
from tests.bench.matching.instance import MENTORS_PER_MENTEE, Sides, around_the_clock, even_seats, with_share
from tests.bench.matching.numpy_blocks import BLOCK, scores_of
from tests.bench.matching.running import module
from tests.bench.matching.timing import peak_bytes

SEATS, SHARE, NEAR_PPM = 1.1, 0.3, 50
MIB = 2**20
LONGEST, SAMPLED = 3 * 3600, 8
"""Seconds that a process may take; blocks that NumPy is judged by."""
cpu = time.process_time


def measure(folder: Path) -> dict[str, Any]:
    """All of it, in this process."""
    warm()
    sides, peaks = _with_goals(kept.people(folder)), {"people": peak_bytes() / MIB}
    with threadpool_limits(1):
        compiled, compiling = _timed(lambda: sweep_of(*sides))
        peaks["compiled"] = peak_bytes() / MIB
        ids = ([one.id for one in some] for some in sides[:2])
        seats = even_seats(len(sides.mentees), len(sides.mentors), SEATS).tolist()
        pairs, top_k = _timed(lambda: streamed(*ids, seats, compiled))
        peaks["top_k"] = peak_bytes() / MIB
        told = _settled(pairs, top_k)
        peaks["proof"] = peak_bytes() / MIB
        product = _timed(lambda: _multiply(compiled))[1]
        numpy = _numpy(sides) + product
    return {
        "mentees": len(sides.mentees),
        "mentors": len(sides.mentors),
        "top_k": top_k,
        "product": product,
        "compiling": compiling,
        "top_k_to_product": round(top_k / product, 2),
        "numpy_to_top_k": round(numpy / top_k, 1),
        "peak_mib": {when: round(peak) for when, peak in peaks.items()},
        **told,
    }


def _with_goals(sides: Sides) -> Sides:
    luck = np.random.default_rng(len(sides.mentees))
    people = {person.id for person in (*sides.mentees, *sides.mentors)}
    rows = luck.normal(size=(len(people), RANK))
    rows = np.rint(rows * LENGTH / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.int8)
    meaning = {person: array("b", row.tobytes()) for person, row in zip(sorted(people), rows, strict=True)}
    return sides._replace(frame=replace(sides.frame, meaning=meaning))


def _settled(pairs: Streamed, top_k: float) -> dict[str, Any]:
    """Times on the way to the proof, all from the begin of the first pass on."""
    began, solving, near = cpu() - top_k, [], []
    prove, priced = solve._prove, candidates._priced

    def overheard_prove(problem: Any) -> Any:
        dual, seconds = _timed(lambda: prove(problem))
        solving.append((seconds, dual.bound(problem) % pairs.coverage_bonus))
        return dual

    def overheard_priced(*asked: Any) -> Any:
        found = priced(*asked)
        near.append((cpu() - began, 1e6 * found[-1] / solving[-1][1]))
        return found

    solve._prove, candidates._priced = overheard_prove, overheard_priced
    outcome = settle(pairs, scale=SCORE_SCALE, policy_version=1)
    proof, told = cpu() - began, outcome.certificate
    return {
        "allowed": told.allowed_pairs,
        "matched": told.matched,
        "matched_bound": told.matched_bound,
        "gap_ppm": told.gap_ppm,
        "rounds": [{"seconds": round(at, 2), "ppm": round(ppm, 2)} for at, ppm in near],
        "solver_alone": sum(seconds for seconds, _ in solving),
        "proof": proof,
        "near_to_top_k": round(next(at for at, ppm in near if ppm <= NEAR_PPM) / top_k, 2),
        "proof_to_top_k": round(proof / top_k, 2),
    }


def _numpy(sides: Sides) -> float:
    """Seconds of NumPy for all pairs without the product of goals, from a few blocks; it compiles the people too."""
    few, more = (np.linspace(0, len(sides.mentees) - 1, count * BLOCK).astype(np.int64) for count in (1, 1 + SAMPLED))
    compiled_and_one = _timed(lambda: scores_of(sides, few))[1]
    return (_timed(lambda: scores_of(sides, more))[1] - compiled_and_one) * len(sides.mentees) / (SAMPLED * BLOCK)


def _multiply(compiled: Sweep) -> None:
    """The bare product of all goals, in the blocks of the sweep."""
    size = max(1, AT_ONCE // len(compiled.place))
    for first in range(0, len(compiled.mine), size):
        compiled.mine[first : first + size] @ compiled.theirs


def _timed(work: Any) -> tuple[Any, float]:
    began = cpu()
    return work(), cpu() - began


def main() -> None:
    """Invents people and measures, each in a process of its own; tells one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentees", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=41)
    parser.add_argument("--json", action="store_true", help="the line alone")
    parser.add_argument("--folder", type=Path, help="where people are, or will be, kept")
    parser.add_argument("--step", choices=("invent", "measure"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step == "invent":
        kept.keep(asked.folder, with_share(around_the_clock(asked.mentees, asked.seed), SHARE))
    elif asked.step == "measure":
        print(json.dumps(measure(asked.folder)))
    else:
        if not asked.json:
            print(f"{asked.mentees} mentees, {round(MENTORS_PER_MENTEE * asked.mentees)} mentors …", file=sys.stderr)
        with tempfile.TemporaryDirectory() as name:
            told = _in_processes(asked.folder or Path(name), asked.mentees, asked.seed)
        if not asked.json:
            results.save(f"scale-{asked.mentees}", results.surroundings(), told)
        print(json.dumps(told))


def _in_processes(folder: Path, mentees: int, seed: int) -> dict[str, Any]:
    told: list[dict[str, Any]] = []
    arguments = ("--mentees", mentees, "--seed", seed, "--folder", folder, "--step")
    if not (folder / "people.pickle").exists():
        told = module("tests.bench.scale", *arguments, "invent", limit=LONGEST)
    return (told or module("tests.bench.scale", *arguments, "measure", limit=LONGEST))[-1]


if __name__ == "__main__":
    main()
