"""Writes what was measured into docs/benchmarks.md, between its markers; the text around them stays.

.venv/bin/python -m tests.bench.render      (from `.local/bench/*.json`)
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench import goals, results
from tests.bench.results import middle, value

PAGE = results.ROOT / "docs" / "benchmarks.md"
NAMES = {
    "ours": "platform",
    "by_hand": "by hand",
    "as_documented": "FastStream as documented",
    "as_documented_silent": "… without its log lines",
    "bare_producer": "bare producer",
}
OWN = ("send", "hear", "tell", "relay", "web")
"""Groups of processes that are a contestant's own, in the order of the path."""
Table = list[list[str]]


def main() -> None:
    """Every part that was measured; a part that was not stays as it is."""
    text = PAGE.read_text(encoding="utf-8")
    parts = ("side_by_side", "growth", "platform", "matching")
    side, growth, platform, matching = map(results.load, parts)
    if side:
        text = _put(text, "surroundings", surroundings(side["on"]))
        text = _put(
            text,
            "goals",
            table(("goal", "", "measured", "by CPU", ""), goals.lines(side["rows"], platform and platform["rows"])),
        )
        text = _put(text, "side-by-side", side_by_side(side["rows"]))
    if growth:
        text = _put(text, "growth", curves(growth["rows"]))
    if platform:
        text = _put(text, "idle", idle(platform["rows"]))
        text = _put(text, "platform", the_platform(platform["rows"]))
    if matching:
        text = with_matching(text, matching)
    PAGE.write_text(text, encoding="utf-8")


def with_matching(text: str, told: dict[str, Any]) -> str:
    """The page with the tables of `make bench-matching`."""
    from tests.bench.matching import tables
    from tests.bench.matching.targets import Found

    part = told["rows"]
    found = Found(part["rows"], part["judged"], part["elsewhere"])
    text = _put(text, "matching targets", tables.targets(found))
    text = _put(text, "matching", tables.side_by_side(told["on"], found))
    text = _put(text, "matching graphs", tables.graphs(found))
    return _put(text, "matching through the platform", tables.platform(part["platform"]))


def _put(text: str, name: str, lines: str) -> str:
    """The text with the lines between the markers of that name."""
    begin, end = f"<!-- measured: {name} -->", f"<!-- end of {name} -->"
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not found.search(text):
        raise SystemExit(f"{PAGE.name} has no markers {begin} … {end}")
    return found.sub(lambda _: f"{begin}\n{lines}\n{end}", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def surroundings(on: dict[str, Any]) -> str:
    """One sentence: when, where, with what."""
    versions = ", ".join(f"{name} {number}" for name, number in on["versions"].items())
    machine = f"{on['cores']} cores ({on['processor']}), {on['memory_gib']} GiB"
    load = f"load {on['load_before']:.1f} before the start"
    rounds = f"; {on['rounds']} rounds" if "rounds" in on else ""
    return f"Measured on {on['at']}: {machine}, {load}{rounds}.\n{versions}."


def side_by_side(rows: goals.Rows) -> str:
    """One table of all measures: rates and latencies with their spread, CPU and bytes as medians."""
    lines = []
    for measure in dict.fromkeys(row["measure"] for row in rows):
        contestants = dict.fromkeys(row["contestant"] for row in rows if row["measure"] == measure)
        for contestant in sorted(contestants, key=list(NAMES).index):
            found = list(goals.by_round(rows, measure, contestant).values())
            first = contestant == min(contestants, key=list(NAMES).index)
            lines.append([measure if first else "", NAMES[contestant], *_rates(found), *_costs(found)])
    head = (
        "what",
        "who",
        "events a second",
        "p50 ms",
        "p99 ms",
        "CPU µs per event: own processes",
        "PostgreSQL",
        "Kafka",
    )
    return table((*head, "WAL bytes", "topic bytes"), lines)


def _rates(found: list[dict[str, Any]]) -> list[str]:
    cells = []
    for name, digits in (("per_second", 0), ("p50", 1), ("p99", 1)):
        if name in found[0]:
            mid, least, most = middle(value(numbers, name) for numbers in found)
            cells.append(f"**{mid:.{digits}f}** ({least:.{digits}f}-{most:.{digits}f})")
        else:
            cells.append("")
    return cells


def _costs(found: list[dict[str, Any]]) -> list[str]:
    def typical(name: str) -> float:
        return middle(value(numbers, name) for numbers in found)[0]

    own = [f"{name} {typical(f'cpu_us.{name}'):.0f}" for name in OWN if name in found[0]["cpu_us"]]
    servers = [f"{typical(f'cpu_us.{name}'):.0f}" for name in ("postgres", "kafka")]
    return [", ".join(own), *servers, *(f"{typical(name):.0f}" for name in ("wal_bytes", "topic_bytes"))]


def curves(rows: list[dict[str, Any]]) -> str:
    """One small table for each thing that grows."""
    parts = []
    for curve in dict.fromkeys(row["measure"] for row in rows):
        points: dict[int, dict[str, Any]] = {}
        for row in rows:
            if row["measure"] == curve:
                points.setdefault(row["point"], {})[row["contestant"]] = row["numbers"]
        steady = "p50" in rows[[row["measure"] for row in rows].index(curve)]["numbers"]
        lines = [[f"{point:,}".replace(",", " "), *_point(both, steady=steady)] for point, both in points.items()]
        what = "p50 / p99 ms" if steady else "events a second"
        head = (curve, f"{what}: platform", "by hand", "CPU µs per event, all processes: platform", "by hand")
        parts.append(table(head, lines))
    return "\n\n".join(parts)


def _point(both: dict[str, Any], *, steady: bool) -> Table | list[str]:
    rates = [
        f"{both[who]['p50']:.1f} / {both[who]['p99']:.1f}" if steady else f"{both[who]['per_second']:.0f}"
        for who in ("ours", "by_hand")
    ]
    return [*rates, *(f"{both[who]['cpu_us']['all']:.0f}" for who in ("ours", "by_hand"))]


def idle(found: dict[str, Any]) -> str:
    """Percent of a core, process by process."""
    shares = sorted(found["idle"]["each"].items(), key=lambda each: -each[1])
    return table([name for name, _ in shares], [[f"{share:.2f}" for _, share in shares]])


def the_platform(found: dict[str, Any]) -> str:
    """Start, memory, HTTP and the HR file."""
    file = found["hr_file"]
    memory = "-".join(str(end(found["memory_mb"].values())) for end in (min, max))
    rate = f"{file['rows'] / file['done']:.0f} rows a second"
    lines = [
        ["from nothing to all ready", "≤ 20 s", f"{found['start_seconds']:.1f} s"],
        ["memory of a service at rest", "≤ 120 MB", f"{memory} MB"],
    ]
    for what, numbers in found["api"].items():
        goal = "p99 ≤ 100 ms" if what.startswith("POST") else "p99 ≤ 50 ms"
        lines.append(
            [f"{what}, {found['rate']} a second", goal, f"p50 {numbers['p50']:.1f} ms, p99 {numbers['p99']:.1f} ms"]
        )
    lines += [
        [f"HR file of {file['rows']} people, into PostgreSQL", "≥ 3 000 rows a second", rate],
        ["… until all its events are on Kafka", "", f"{file['told']:.0f} s"],
        ["… memory of the importing service at most", "≤ 300 MB", f"{file['peak_mb']} MB"],
    ]
    return table(("what", "goal", "measured"), lines)


if __name__ == "__main__":
    main()
