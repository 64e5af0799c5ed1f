"""The goals, and how far the measured rounds are from them. The median counts of the ratios within each round."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.bench.results import middle, value

Rows = list[dict[str, Any]]
Side = tuple[str, str]
"""A measure and a contestant."""


@dataclass(frozen=True)
class Goal:
    """One number of one contestant beside that of another."""

    what: str
    number: str
    of: Side
    beside: Side
    least: float | None = None
    most: float | None = None

    @property
    def sign(self) -> str:
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"

    def holds(self, ratio: float) -> bool:
        """Whether this ratio is good enough."""
        return (self.least is None or ratio >= self.least) and (self.most is None or ratio <= self.most)

    def ratios(self, rows: Rows, number: str) -> list[float]:
        """One for each round that has both."""
        ours, theirs = by_round(rows, *self.of), by_round(rows, *self.beside)
        both = sorted(ours.keys() & theirs.keys())
        return [value(ours[each], number) / value(theirs[each], number) for each in both]

    def cpu(self, rows: Rows) -> str:
        """The same ratio in events for each second of CPU of all processes; that depends less on the hour."""
        if self.number != RATE:
            return ""
        return f"{middle(1 / ratio for ratio in self.ratios(rows, 'cpu_us.all'))[0]:.2f}"


def by_round(rows: Rows, measure: str, contestant: str) -> dict[int, Any]:
    """The numbers of each round."""
    return {
        row["round"]: row["numbers"] for row in rows if (row["measure"], row["contestant"]) == (measure, contestant)
    }


def _latencies() -> Iterator[Goal]:
    for rate in (100, 500):
        for point in ("p50", "p99"):
            measure = f"latency at {rate} a second"
            what = f"commit to effect at {rate} a second, {point}: platform ÷ by hand"
            yield Goal(what, point, (measure, "ours"), (measure, "by_hand"), most=1.25)


RATE = "per_second"
MANY, ONE = "whole path, 500 per transaction", "whole path, one per transaction"
TO_HAND = "platform ÷ by hand"
GOALS = (
    Goal(f"whole path, 500 events per transaction: {TO_HAND}", RATE, (MANY, "ours"), (MANY, "by_hand"), least=0.9),
    Goal(f"whole path, one event per transaction: {TO_HAND}", RATE, (ONE, "ours"), (ONE, "by_hand"), least=0.9),
    Goal(
        "whole path: platform ÷ FastStream as documented (one message per transaction)",
        RATE,
        (MANY, "ours"),
        (ONE, "as_documented"),
        least=8.0,
    ),
    *_latencies(),
    Goal(
        "relay: platform ÷ bare producer fed from memory",
        RATE,
        ("relay", "ours"),
        ("relay", "bare_producer"),
        least=0.9,
    ),
)
IDLE_MOST = 3.0
"""Percent of a core that all services together may use at rest."""


def lines(rows: Rows, platform: dict[str, Any] | None) -> list[list[str]]:
    """A table: goal, wanted, measured, by CPU, met or not."""
    found = []
    for goal in GOALS:
        ratios = goal.ratios(rows, goal.number)
        if ratios:
            ratio, least, most = middle(ratios)
            met = "met" if goal.holds(ratio) else "**not met**"
            found.append([goal.what, goal.sign, f"{ratio:.2f} ({least:.2f}-{most:.2f})", goal.cpu(rows), met])
    if platform:
        share = platform["idle"]["services"]
        met = "met" if share <= IDLE_MOST else "**not met**"
        found.append(["four services at rest, percent of a core", f"≤ {IDLE_MOST:g}", f"{share:.1f}", "", met])
    return found
