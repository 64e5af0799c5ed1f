"""Shortlists out of a hundred thousand mentors: `python -m tests.bench.live [--mentors 100000] [--json]`.

A query is one mentee's list with score and reasons, as the service finds it. Beside NumPy both find the mentors alone,
ten queries of one after ten of the other. What begins anew is a process of its own, with what was compiled before.
"""

import argparse
import gc
import json
import pickle
import random
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from services.matching.engine.frame import frame_of
from services.matching.engine.live import Live
from services.matching.engine.live import _best as best_of
from services.matching.engine.people import Person
from services.matching.engine.warm import warm
from tests.bench.matching.crowd import Crowd, crowd, mixture
from tests.bench.matching.numpy_columns import Columns
from tests.bench.matching.running import module
from tests.bench.matching.timing import timed

LENGTH = 5
QUERIES, COMPARED, IN_TURN, UPDATES = 500, 60, 10, 2_000
START_SECONDS = 300.0


def queries(live: Live, mentees: list[Person]) -> list[float]:
    """Milliseconds of each."""
    return [1000 * timed(lambda mentee=mentee: live.shortlists([mentee], LENGTH))[1] for mentee in mentees]


def updates(live: Live, of: Crowd, seed: int) -> list[float]:
    """Microseconds of each: somebody becomes somebody else."""
    luck = random.Random(seed)
    changed = [mixture(luck.choice(of.mentors).id, of.mentors, luck) for _ in range(UPDATES)]
    return [1e6 * timed(lambda one=one: live.put(one))[1] for one in changed]


def beside_numpy(live: Live, of: Crowd) -> float:
    """How many times as long NumPy takes; both find the same mentors."""
    frame = frame_of(of.policy, (), managers=of.managers)
    columns = Columns(of.mentors, frame, of.prices)
    finders = (
        lambda mentee: [each.id for each in best_of(mentee, live._have_roster(), frame, (), LENGTH)],
        lambda mentee: columns.best(mentee, LENGTH),
    )
    for mentee in of.mentees[:COMPARED]:  # its tables are filled by this, as ours are
        if finders[0](mentee) != finders[1](mentee):
            raise SystemExit(f"{mentee.id}: ours and NumPy's list differ")
    times: tuple[list[float], list[float]] = ([], [])
    for begin in range(0, COMPARED, IN_TURN):
        for find, took in zip(finders, times, strict=True):
            took += [timed(lambda one=one, find=find: find(one))[1] for one in of.mentees[begin : begin + IN_TURN]]
    ours, theirs = times
    return statistics.median(theirs) / statistics.median(ours)


def begin_anew(file: Path) -> None:
    """In a process of its own: the first query after the start, and all others."""
    of: Crowd = pickle.loads(file.read_bytes())  # noqa: S301 - we wrote it
    live = of.live()
    first, *others = queries(live, of.mentees)
    print(json.dumps({"first_ms": first, "median_ms": statistics.median(others)}))


def measured(mentors: int, seed: int) -> dict[str, Any]:
    """All numbers."""
    warm()
    of = crowd(mentors, QUERIES, seed)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "crowd.pickle"
        file.write_bytes(pickle.dumps(of))
        [anew] = module("tests.bench.live", "--anew", file, limit=START_SECONDS)
    if "why" in anew:
        raise SystemExit(f"the start: {anew['why']}")
    live, put_all = timed(of.live)
    gc.collect()
    times = statistics.quantiles(queries(live, of.mentees), n=100)
    faster = beside_numpy(live, of)
    update = statistics.quantiles(updates(live, of, seed), n=100)
    numbers = {"p50_ms": times[49], "p99_ms": times[98], "numpy_to_ours": faster}
    return numbers | {"update_us": update[49], "update_p99_us": update[98], "put_all_s": put_all} | anew


def targets(told: dict[str, Any]) -> list[dict[str, Any]]:
    """M8 and M14."""
    p50, p99, faster, update = (told[key] for key in ("p50_ms", "p99_ms", "numpy_to_ours", "update_us"))
    text = f"p50 {p50:.2f} ms, p99 {p99 / p50:.1f} x that, {faster:.1f} x faster than NumPy; an update {update:.0f} µs"
    met = p50 <= 2 and p99 <= 3 * p50 and faster >= 4 and update <= 100
    first, median = told["first_ms"], told["median_ms"]
    started = {"measured": f"{first:.2f} ms, the median {median:.2f} ms", "met": first <= 2 * median}
    return [{"id": "M8", "measured": text, "met": met}, {"id": "M14", **started}]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentors", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="the targets M8 and M14, a line each")
    parser.add_argument("--anew", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.anew:
        begin_anew(asked.anew)
        sys.exit()
    found = measured(asked.mentors, asked.seed)
    lines = targets(found) if asked.json else [{key: round(value, 3) for key, value in found.items()}]
    print(*map(json.dumps, lines), sep="\n")
