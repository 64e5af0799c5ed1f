"""The tables of docs/benchmarks.md."""

from collections.abc import Iterator
from typing import Any

from tests.bench.matching.rivals import RIVALS
from tests.bench.matching.running import Told
from tests.bench.matching.targets import GIB, Found, lines, spaced
from tests.bench.render import surroundings, table

NAMES = {
    "ours": "**ours, people to proof**",
    **{name: rival.name for name, rival in RIVALS.items()},
    "numpy_blocks": "NumPy blocks, rules and scores alone",
}
OWN_TABLE = "graph"
LATE = 0.01
"""Share of changes that need not be seen in a list: some leave it as it was."""


def targets(found: Found) -> str:
    """M1 to M14."""
    return table(("", "demand", "measured", ""), lines(found))


def side_by_side(on: dict[str, Any], found: Found) -> str:
    """Each contestant on each instance."""
    head = (
        "mentees",
        "allowed",
        "seats per mentee",
        "who",
        "seconds",
        "matched",
        "score lost, ppm",
        "peak memory, MiB",
    )
    rows = [row for row in found.rows if row["who"] != OWN_TABLE]
    return f"{surroundings(on)} Seed {on['seed']}.\n\n{table(head, map(_row, rows))}"


def _row(row: Told) -> list[str]:
    where = [spaced(row["size"]), f"{100 * row['share']:g} %", f"{row['ratio']:g}", NAMES[row["who"]]]
    if "why" in row:
        return [*where, row["why"], "", "", ""]
    seconds = f"{row['seconds']:.2f}"
    if "survey" in row:
        seconds += f" (rules and scores {row['survey']:.2f}, solve {row['solve']:.2f})"
    matched = spaced(row["matched"]) if "matched" in row else ""
    return [*where, seconds, matched, _lost(row), f"{row['peak_bytes'] / GIB * 1024:.0f}"]


def _lost(row: Told) -> str:
    if row["who"] == "ours":
        return f"0, proven to {row['gap_ppm']}"
    return f"{row['loss_ppm']:.0f}" if "loss_ppm" in row else ""


def graphs(found: Found) -> str:
    """Ours beside OR-Tools on the same few pairs."""
    head = (
        "mentees",
        "seats per mentee",
        "pairs",
        "ours with prices, s",
        "OR-Tools, s",
        "ours ÷ OR-Tools",
        "the auction",
    )
    return table(head, _graphs(found))


def _graphs(found: Found) -> Iterator[list[str]]:
    for row in found.rows:
        if row["who"] == OWN_TABLE and "why" not in row:
            seconds = [f"{row[key]:.3f}" for key in ("seconds", "ortools")]
            where = [spaced(row["size"]), f"{row['ratio']:g}", spaced(row["pairs"])]
            yield [
                *where,
                *seconds,
                f"{row['of_ortools']:.2f}",
                "left it to the flow" if row["gave_up"] else "found it",
            ]


def platform(told: Told) -> str:
    """Through the platform."""
    head = ("what", "goal", "measured", "")
    return table(head, [_cohort(told), _refreshed(told.get("refreshed", {}))])


def _cohort(told: Told) -> list[str]:
    goal = "≤ 15 s more than the engine alone"
    if "why" in told:
        return ["a cohort from request to stored, certified result", goal, told["why"], "-"]
    more = told["platform"] - told["alone"]
    measured = f"{told['platform']:.1f} s, the engine alone {told['alone']:.1f} s: {more:.1f} s more"
    met = "met" if more <= 15 else "**missed**"
    return [f"a cohort of {spaced(told['mentees'])} from request to stored, certified result", goal, measured, met]


def _refreshed(told: Told) -> list[str]:
    """What continuous mode must show."""
    what = "10 000 people: `profile-updated` on Kafka → refreshed shortlist readable, 20 a second"
    if "p95" not in told:
        return [what, "p95 ≤ 1 s", told.get("why", "not measured"), "-"]
    measured = (
        f"p95 {told['p95']:.2f} s, p50 {told['p50']:.2f} s, of {spaced(told['updates'])} changes in "
        f"{spaced(told['lists'])} lists; {told['untold']} came later than 10 s after the last, or changed no list"
    )
    met = told["p95"] <= 1 and told["untold"] <= LATE * told["updates"]
    return [what, "p95 ≤ 1 s", measured, "met" if met else "**missed**"]
