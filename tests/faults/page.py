"""`python -m tests.faults.page`: puts the table of the last run into docs/reliability.md, between its two marks."""

import platform
import re
from importlib.metadata import version
from pathlib import Path

from tests.faults.report.row import Row, read
from tests.faults.report.table import markdown

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / ".local" / "faults"
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
LIBRARIES = ("faststream", "aiokafka", "asyncpg", "fastapi", "confluent-kafka")


def replaced(page: str, table: str) -> str:
    """The page with this between its marks; a page without them is an error."""
    found = re.subn(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{table}\n{END}", page, flags=re.DOTALL)
    if found[1] != 1:
        raise SystemExit(f"The page needs {BEGIN} and {END} once each.")
    return found[0]


def section(rows: list[Row]) -> str:
    """When, with what, and the table."""
    days = sorted({row.at[:10] for row in rows})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    full = "the full suite" if all(row.full for row in rows) else "the subset that CI runs, for some rows"
    with_ = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"Measured {when}, {full}, Python {platform.python_version()}, {with_}.\n\n{markdown(rows)}"


def main() -> None:
    """Reads what was recorded and writes the page."""
    rows = read(RESULTS)
    if not rows:
        raise SystemExit("Nothing was recorded yet. Run `make faults` first.")
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), section(rows)), encoding="utf-8")


if __name__ == "__main__":
    main()
