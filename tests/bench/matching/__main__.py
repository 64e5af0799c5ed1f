"""A cohort from people to proof, beside what others take for the same numbers: `make bench-matching`.

    .venv/bin/python -m tests.bench.matching [--sizes 1000 10000] [--seed 7] [--limit 60] [--minutes 25] [--quick]

Each contestant has a process of its own, one at a time. Whoever finds more than our certificate allows ends the run.
The seed is the day's date, so that nothing was tuned to it, and stands in the page.
"""

import argparse
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import pictures, render, results
from tests.bench.matching import elsewhere, side_by_side
from tests.bench.matching.curves import draw
from tests.bench.matching.running import Clock, Told, module, play
from tests.bench.matching.side_by_side import RATIOS, SHARES, Plan
from tests.bench.matching.targets import Found

PART = "matching"
PEOPLE_PER_MENTEE = 1.685
"""Of the demo's company."""
REFRESHED_PEOPLE = 10_000
MEASURED_UNTIL = 0.85
"""Share of the time; what is left is the judge's."""
QUICK = {"sizes": [200], "alone": [], "beyond": [], "shares": [0.3], "ratios": [1.1, 0.9], "limit": 60.0}


def measure(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All parts, the most telling first."""
    clock = Clock(asked.minutes, asked.limit)
    found: dict[str, Any] = {"platform": through_platform(asked, folder, clock)}
    found["elsewhere"] = [] if asked.quick else elsewhere.measure(clock)
    plan = Plan(asked.sizes, asked.shares, asked.ratios, asked.seed, folder, clock.until(MEASURED_UNTIL))
    found["rows"] = side_by_side.measure(plan)
    found["rows"] += [row for size in asked.alone for row in side_by_side.alone(plan, size)]
    found["rows"] += [row for size in asked.beyond for row in side_by_side.beyond(size)]
    usual = [plan.place(size) for size in sorted(asked.sizes)]
    found["judged"] = [line for at in usual for line in judged(at, asked.ratios, clock)]
    found["converging"] = converging(usual[-1], asked.ratios, clock)
    return found


def through_platform(asked: argparse.Namespace, folder: Path, clock: Clock) -> Told:
    """The cohort of the largest size from request to stored result; and shortlists that are kept."""
    if asked.quick:
        return {"why": "not measured"}
    people = round(PEOPLE_PER_MENTEE * max(asked.sizes))
    told = module("tests.bench.matching.through_platform", folder, people, asked.seed, limit=clock.left())[-1]
    refreshed = module("tests.bench.matching.refreshed", REFRESHED_PEOPLE, asked.seed, limit=clock.left())[-1]
    return told | {"refreshed": refreshed}


def judged(folder: Path, ratios: Sequence[float], clock: Clock) -> list[Told]:
    """What the judge says of one instance, after one more run with the people in another order."""
    play("shuffled", folder, ratios[0], clock, threads=2)
    told = module("tests.bench.matching.judge", folder, *ratios, limit=10 * clock.limit)
    for line in told:
        print(line, flush=True)
    return told


def converging(folder: Path, ratios: Sequence[float], clock: Clock) -> list[Told]:
    """Bound and score of each round, for each number of seats."""
    told = [{"ratio": ratio} | play("converging", folder, ratio, clock) for ratio in ratios]
    return [line for line in told if "rounds" in line]


def main(asked: argparse.Namespace) -> None:
    """Measures, saves, and writes page and pictures; a quick run only shows that all of it works."""
    on = results.surroundings() | {"seed": asked.seed}
    folder = results.FOLDER / "instances"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        found = measure(asked, folder)
    finally:
        shutil.rmtree(folder)
    results.save("matching-quick" if asked.quick else PART, on, found)
    if not asked.quick:
        render.main()
        draw(Found(found["rows"], found["judged"], found["elsewhere"]), found["converging"])
        pictures.main()


def wanted(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000], help="mentees")
    parser.add_argument("--shares", type=float, nargs="+", default=list(SHARES), help="of pairs that are allowed")
    parser.add_argument("--ratios", type=float, nargs="+", default=list(RATIOS), help="seats for each mentee")
    parser.add_argument("--alone", type=int, nargs="*", default=[20_000], help="mentees that ours alone takes")
    parser.add_argument("--beyond", type=int, nargs="*", default=[100_000], help="mentees that rivals cannot take")
    parser.add_argument("--seed", type=int, default=int(f"{datetime.now(UTC):%Y%m%d}"))
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one contestant on one instance")
    parser.add_argument("--minutes", type=float, default=25.0, help="for everything; what does not fit is named")
    parser.add_argument("--quick", action="store_true", help="a few hundred people, no page written")
    first = parser.parse_args(arguments)
    parser.set_defaults(**(QUICK if first.quick else {}))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(wanted())
