"""One result in the table: written down whatever happens, so that a row can be broken or not run, never forgotten."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checker import Verdict
from tests.faults.report.matrix import BY_ID

HELD, BROKEN, NOT_RUN, TURNED_RED = "held", "broken", "not run", "turned red, as it must"


class NotRun(Exception):
    """This row needs something that this machine does not have. The message names it."""


@dataclass
class Row:
    """What one test found out about one fault; several tests may belong to the same fault."""

    fault: str
    case: str = ""
    """Which part of the fault, if several tests share it."""
    promises: str = ""
    injected: dict[str, int] = field(default_factory=dict)
    """What was done, and how often."""
    counts: dict[str, int] = field(default_factory=dict)
    """What the checker counted; several verdicts add up."""
    measured: dict[str, Any] = field(default_factory=dict)
    """Other figures worth a word in the table."""
    recovery: float | None = None
    """Seconds from the last fault until everything committed had its effect; the longest, if there were several."""
    outcome: str = HELD
    reason: str = ""
    seconds: float = 0.0
    at: str = ""
    full: bool = False

    def inject(self, what: str, times: int = 1) -> None:
        """Counts a fault that was really injected."""
        self.injected[what] = self.injected.get(what, 0) + times

    def recovered(self, seconds: float | None) -> None:
        """Remembers the longest recovery; None means that it never came to rest, which the verdict explains."""
        if seconds is not None:
            self.recovery = round(max(seconds, self.recovery or 0.0), 2)

    def turned_red(self, findings: Sequence[str]) -> None:
        """This row was run with a guard removed, and noticed it."""
        self.outcome, self.reason = TURNED_RED, "; ".join(findings)

    def judge(self, verdict: Verdict) -> None:
        """Adds what was counted; findings fail the test, as the sentences that they are."""
        for name, value in verdict.counts().items():
            self.counts[name] = self.counts.get(name, 0) + value
        assert not verdict.findings, "\n".join(verdict.findings)


def now() -> str:
    """The moment, as it stands in the record."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def recorded(row: Row, folder: Path) -> Iterator[Row]:
    """Writes the row to its file at the end, with how it ended."""
    begun = time.monotonic()
    row.promises = row.promises or BY_ID[row.fault].promises
    row.at = now()
    try:
        yield row
    except NotRun as why:
        row.outcome, row.reason = NOT_RUN, str(why)
        pytest.skip(f"{row.fault} was not run: {why}")
    except BaseException as error:
        row.outcome, row.reason = BROKEN, str(error)[:600] or type(error).__name__
        raise
    finally:
        row.seconds = round(time.monotonic() - begun, 1)
        write(row, folder)


def write(row: Row, folder: Path) -> None:
    """One file per row and case, so that running one again replaces it only."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{row.fault} {row.case}".strip().replace(" ", "-").replace("/", "-").lower()
    (folder / f"{name}.json").write_text(json.dumps(asdict(row), indent=2) + "\n", encoding="utf-8")


def read(folder: Path) -> list[Row]:
    """Every row that was written down, in the order of the matrix."""
    rows = [Row(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json"))]
    order = {fault: place for place, fault in enumerate(BY_ID)}
    return sorted(rows, key=lambda row: (order[row.fault], row.case))


def words(counted: Mapping[str, object]) -> str:
    """`SIGKILL 40 times, SIGSTOP`."""
    return ", ".join(what if times == 1 else f"{what} {times} times" for what, times in counted.items())
