"""All contestants in turn, round after round: whole path, latency, and each stage by itself.

.venv/bin/python -m tests.bench.side_by_side [--rounds 3] [--only relay]
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench import results, runs
from tests.bench.arena import Arena, an_arena

BOTH = ("ours", "by_hand")
ALL = (*BOTH, "as_documented")
SLOW = {"as_documented": 800, "as_documented_silent": 800}
"""Events for who needs a transaction and an answer of the broker for each: fewer, for the same seconds."""


@dataclass(frozen=True)
class Measure:
    """One thing that is measured of several contestants."""

    name: str
    run: Callable[..., Awaitable[runs.Numbers]]
    contestants: Sequence[str]
    given: dict[str, Any]
    counts: dict[str, int] = field(default_factory=dict)

    async def once(self, arena: Arena, contestant: str) -> runs.Numbers:
        """One run of one contestant."""
        given = self.given | ({"count": self.counts[contestant]} if contestant in self.counts else {})
        return await self.run(arena, contestant, **given)


MANY = {"per_transaction": 500, "writers": 1}
ONE = {"per_transaction": 1, "writers": 8}
MEASURES = (
    Measure("whole path, 500 per transaction", runs.whole_path, BOTH, {"count": 30_000, **MANY}),
    Measure(
        "whole path, one per transaction",
        runs.whole_path,
        (*ALL, "as_documented_silent"),
        {"count": 2_400, **ONE},
        SLOW,
    ),
    Measure("latency at 100 a second", runs.latency, ALL, {"rate": 100, "seconds": 8.0}),
    # FastStream as documented cannot follow 500 a second here: its latency would be the length of its queue.
    Measure("latency at 500 a second", runs.latency, BOTH, {"rate": 500, "seconds": 8.0}),
    Measure("transaction, 500 events", runs.transaction, BOTH, {"count": 30_000, **MANY}),
    Measure("transaction, one event", runs.transaction, ALL, {"count": 2_400, **ONE}, SLOW),
    Measure("relay", runs.relay, (*BOTH, "bare_producer"), {"count": 40_000}),
    Measure("consumer", runs.consumer, ALL, {"count": 40_000}, SLOW),
    Measure("HTTP", runs.http, ALL, {"count": 1_600, "clients": 8}),
)


async def play(arena: Arena, rounds: int, measures: Sequence[Measure]) -> list[dict[str, Any]]:
    """Every measure of every contestant in turn, so that a noisy minute meets all of them."""
    rows = []
    for number in range(rounds):
        for measure in measures:
            # Each round begins with another one: nobody is always the first after a pause.
            turn = number % len(measure.contestants)
            for contestant in (*measure.contestants[turn:], *measure.contestants[:turn]):
                numbers = await measure.once(arena, contestant)
                rows.append({"measure": measure.name, "contestant": contestant, "round": number, "numbers": numbers})
                say(number, measure.name, contestant, numbers)
    return rows


def say(number: int, measure: str, contestant: str, numbers: runs.Numbers) -> None:
    """A line for who watches."""
    parts = [f"{name} {each:.1f}" for name, each in numbers.items() if isinstance(each, float)]
    cpu = " ".join(f"{name} {each:.0f}" for name, each in numbers["cpu_us"].items())
    print(f"{number + 1} {measure:32} {contestant:22} {', '.join(parts)}; cpu µs: {cpu}", flush=True)


def main(rounds: int, only: str = "") -> None:
    """Measures and saves."""
    on = results.surroundings()
    with an_arena() as arena:
        rows = asyncio.run(play(arena, rounds, [measure for measure in MEASURES if only in measure.name]))
        on["versions"]["PostgreSQL"] = asyncio.run(arena.postgres_version())
    if not only:  # a part of the table would replace the whole
        results.save("side_by_side", on | {"rounds": rounds}, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="part of a measure's name")
    asked = parser.parse_args()
    main(asked.rounds, asked.only)
