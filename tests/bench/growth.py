"""How the cost grows: with partitions, processes of a service, size of an event, and a backlog.

.venv/bin/python -m tests.bench.growth [--full]
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.bench import results, runs
from tests.bench.arena import Arena, an_arena
from tests.bench.side_by_side import BOTH, MANY, say

PATH = {"count": 10_000, **MANY}
STEADY = {"rate": 100, "seconds": 5.0}
SIZES = {200: 10_000, 2_000: 10_000, 16_000: 3_000, 64_000: 1_000}
"""Bytes of an event, and how many of them are told."""


@dataclass(frozen=True)
class Curve:
    """One thing that grows, and what is measured at each point."""

    name: str
    run: Callable[..., Awaitable[runs.Numbers]]
    points: dict[int, dict[str, Any]]
    full: dict[int, dict[str, Any]]


def _curves() -> tuple[Curve, ...]:
    partitions = {number: {**PATH, "partitions": number} for number in (1, 2, 4, 6, 12, 24)}
    processes = {number: {**PATH, "processes": number} for number in (1, 2, 3, 4)}
    steady = {number: {**STEADY, "processes": number} for number in (1, 2, 3, 4)}
    sizes = {size: {**PATH, "count": count, "size": size} for size, count in SIZES.items()}
    backlog = {count: {"count": count} for count in (10_000, 100_000, 1_000_000)}
    return (
        Curve("partitions", runs.whole_path, _some(partitions, 1, 6, 24), partitions),
        Curve("processes", runs.whole_path, _some(processes, 1, 2, 4), processes),
        Curve("processes, 100 a second", runs.latency, _some(steady, 1, 2, 4), steady),
        Curve("bytes", runs.whole_path, sizes, sizes),
        Curve("backlog", runs.drain, _some(backlog, 10_000, 100_000), backlog),
    )


def _some(points: dict[int, dict[str, Any]], *wanted: int) -> dict[int, dict[str, Any]]:
    return {number: points[number] for number in wanted}


async def grow(arena: Arena, *, full: bool) -> list[dict[str, Any]]:
    """Each point once for each of the two, in turn."""
    rows = []
    for curve in _curves():
        for point, given in (curve.full if full else curve.points).items():
            for contestant in BOTH:
                numbers = await curve.run(arena, contestant, **given)
                rows.append({"measure": curve.name, "point": point, "contestant": contestant, "numbers": numbers})
                say(0, f"{curve.name}: {point}", contestant, numbers)
    return rows


def main(*, full: bool) -> None:
    """Measures and saves."""
    on = results.surroundings()
    with an_arena() as arena:
        rows = asyncio.run(grow(arena, full=full))
    results.save("growth", on, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="all points, up to a backlog of a million")
    main(full=parser.parse_args().full)
