"""The table of a run: on the terminal, and as Markdown for the page of promises."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.faults.report.matrix import BY_ID, FAULTS
from tests.faults.report.row import BROKEN, NOT_RUN, Row, words

COLOURS = {BROKEN: "bold red", NOT_RUN: "yellow"}
HEADS = ("fault", "injected", "events", "twice on topic", "lost", "doubled", "out of order", "stale", "recovery", "")


def cells(row: Row) -> list[str]:
    """What every table says about a row, in the order of HEADS."""
    counts = row.counts
    shown = [str(counts[name]) if name in counts else "" for name in ("committed", "duplicates", "lost", "doubled")]
    shown += [str(counts[name]) if name in counts else "" for name in ("out_of_order", "stale")]
    title = f"{row.fault} {row.case or BY_ID[row.fault].what}"
    recovery = f"{row.recovery:.1f} s" if row.recovery is not None else ""
    more = "; ".join(f"{name} {value}" for name, value in row.measured.items())
    reason = row.reason.splitlines()[0] if row.reason else ""
    ending = f"{row.outcome}: {reason}" if reason else row.outcome
    return [title, words(row.injected), *shown, recovery, f"{ending} ({more})" if more else ending]


def show(rows: Sequence[Row]) -> None:
    """Prints the table."""
    table = Table(title="What was broken on purpose, and what held", title_justify="left")
    for head in HEADS:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*cells(row), style=COLOURS.get(row.outcome))
    Console(width=180).print(table)


def markdown(rows: Sequence[Row]) -> str:
    """The same for a page; every fault of the matrix is in it, also what was not run."""
    lines = [f"| {' | '.join((*HEADS[:-1], 'outcome'))} |", "|" + " --- |" * len(HEADS)]
    for fault in FAULTS:
        own = [row for row in rows if row.fault == fault.id]
        lines += [_line(cells(row)) for row in own]
        if not own:
            lines.append(_line([f"{fault.id} {fault.what}", *[""] * (len(HEADS) - 2), NOT_RUN]))
    return "\n".join(lines)


def _line(texts: Sequence[str]) -> str:
    return f"| {' | '.join(text.replace('|', '/') for text in texts)} |"
