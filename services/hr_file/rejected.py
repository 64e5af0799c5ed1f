"""Refused rows as CSV, to be mended in a spreadsheet: where, why, the way out, and the row's own cells."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from services.hr_file.entry import Refusal
from services.hr_file.header import Header

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")


def rejected_head(header: Header | None) -> str:
    """The first line: four columns of ours, then those of the file."""
    return _csv_lines([("line", "column", "reason", "mend", *(header.theirs if header else ()))])


def rejected_lines(refusals: Iterable[Refusal]) -> str:
    """The rows, in the order in which they come."""
    return _csv_lines([(str(each.line), each.column, each.reason, each.mend, *each.cells) for each in refusals])


def _csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV; a cell that a spreadsheet would run as a formula begins with an apostrophe."""
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[_defused(cell) for cell in row] for row in rows])
    return text.getvalue()


def _defused(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_RUN_BY_SPREADSHEETS) else cell
