"""`python -m tests.alerts.page`: puts the outcome of the last runs into docs/alerts.md, between its two marks."""

import json
import re
from pathlib import Path
from typing import Any

from deploy.prometheus.rules import alerts
from tests.alerts.__main__ import RESULTS
from tests.alerts.cases import CASES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "alerts.md"
BEGIN, END = "<!-- alerts: begin -->", "<!-- alerts: end -->"


def main() -> None:
    """Reads what was recorded and writes the page."""
    cases = [_read(f"case-{case.name}") for case in CASES if _there(f"case-{case.name}")]
    if not cases:
        raise SystemExit("Nothing was recorded yet. Run `make alerts` first.")
    page = PAGE.read_text(encoding="utf-8")
    found = re.subn(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{section(cases)}\n{END}", page, flags=re.DOTALL)
    if found[1] != 1:
        raise SystemExit(f"The page needs {BEGIN} and {END} once each.")
    PAGE.write_text(found[0], encoding="utf-8")


def section(cases: list[dict[str, Any]]) -> str:
    """When, the calm before, the dashboards, and a line for every alert."""
    days = sorted({case["at"] for case in cases})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    lines = [
        f"Run {when}. {_calm()} {_panels()}",
        "",
        "| Alert | Severity | Fault | Fired after | Over after the mend |",
        "| --- | --- | --- | --- | --- |",
        *(line for rule in alerts() for line in _lines(rule, cases)),
    ]
    return "\n".join(lines)


def _calm() -> str:
    if not _there("calm"):
        return "Whether all is silent while nothing is wrong was not looked at."
    return f"Before the first fault, while nothing was wrong: {', '.join(_read('calm')['fired']) or 'nothing fired'}."


def _panels() -> str:
    if not _there("panels"):
        return "The dashboards were not asked."
    found = _read("panels")
    silent = f"{len(found['silent'])} of them returned nothing" if found["silent"] else "each of them returned data"
    return f"The dashboards ask {found['asked']} queries; after a small company's twelve weeks {silent}."


def _lines(rule: dict[str, Any], cases: list[dict[str, Any]]) -> list[str]:
    name = rule["alert"]
    link = f"[{name}](runbook.md#{name.lower()})"
    found = []
    for case in cases:
        seen = [each for each in case["alerts"] if each["alert"] == name]
        if seen:
            services = ", ".join(each["service"] for each in seen)
            over = f"{case['over']:.0f} s" if case["over"] and name in case["waited_for"] else "not waited for"
            seconds = max(each["seconds"] for each in seen)
            found.append(
                f"| {link} | {rule['labels']['severity']} | {case['what']} ({services}) | {seconds:.0f} s | {over} |"
            )
    return found or [f"| {link} | {rule['labels']['severity']} | promtool only | | |"]


def _there(name: str) -> bool:
    return (RESULTS / f"{name}.json").exists()


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    main()
