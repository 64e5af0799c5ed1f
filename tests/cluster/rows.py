"""What was done, what was seen, how long it took, and whether it is as promised. A row is written however it ends."""

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.cluster.kubectl import Refused
from tests.cluster.problems import Broken

HELD, BROKEN, NOT_RUN = "held", "broken", "not run"
COLOURS = {BROKEN: "bold red", NOT_RUN: "yellow"}
HEADS = ("what was done", "what was seen", "seconds", "")
LONGEST_REASON = 800


class NotRun(Exception):
    """This cluster or this command line lacks something; the message names it."""


@dataclass
class Row:
    """One fault."""

    name: str
    done: str = ""
    seen: list[str] = field(default_factory=list)
    seconds: float = 0.0
    verdict: str = HELD
    reason: str = ""

    def saw(self, sentence: str) -> None:
        """One more thing that was seen."""
        self.seen.append(sentence)

    @contextlib.contextmanager
    def recorded(self) -> Iterator["Row"]:
        """Whatever breaks inside is this row's verdict, and the run goes on."""
        begun = time.monotonic()
        try:
            yield self
        except NotRun as why:
            self.verdict, self.reason = NOT_RUN, str(why)
        except (Broken, Refused, AssertionError) as why:
            self.verdict, self.reason = BROKEN, str(why)[:LONGEST_REASON]
        except Exception as why:  # noqa: BLE001 - whatever it is, the row says it and the run goes on
            self.verdict, self.reason = BROKEN, f"{type(why).__name__}: {why}"[:LONGEST_REASON]
        except BaseException:
            self.verdict, self.reason = NOT_RUN, "interrupted"
            raise
        finally:
            self.seconds = round(time.monotonic() - begun, 1)


def cells(row: Row) -> tuple[str, str, str, str]:
    """As every table shows it, in the order of HEADS."""
    ending = f"{row.verdict}: {row.reason}" if row.reason else row.verdict
    return f"{row.name}: {row.done}" if row.done else row.name, "; ".join(row.seen), f"{row.seconds:.0f}", ending


def show(rows: Sequence[Row], console: Console) -> None:
    """The table on the terminal."""
    table = Table(title="On a real Kubernetes", title_justify="left", show_lines=True)
    for head in HEADS:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*cells(row), style=COLOURS.get(row.verdict))
    console.print(table)


def markdown(rows: Sequence[Row]) -> str:
    """The same for a page."""
    lines = [f"| {' | '.join((*HEADS[:-1], 'outcome'))} |", "|" + " --- |" * len(HEADS)]
    lines += [f"| {' | '.join(text.replace('|', '/').replace(chr(10), ' ') for text in cells(row))} |" for row in rows]
    return "\n".join(lines)


def write_report(path: Path, about: dict[str, Any], rows: Sequence[Row]) -> None:
    """What a program may read; never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    found = {**about, "passed": passed(rows), "rows": [asdict(row) for row in rows], "markdown": markdown(rows)}
    new.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    new.replace(path)


def passed(rows: Sequence[Row]) -> bool:
    """Whether nothing that was run is broken, and something was run."""
    return any(row.verdict == HELD for row in rows) and all(row.verdict != BROKEN for row in rows)
