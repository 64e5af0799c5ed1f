"""The HR file, read as a stream: bytes in, rows of cells out. What the cells mean is the business of `entry.py`.

The reader keeps nothing between calls: everything it needs to go on is a `Place`, small enough to be saved
with every batch. A broken row is reported and the next physical line is looked at; nothing stops the others.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.hr_file.header import FileRefused, Header, find_header
from services.hr_file.record import LONGEST_CELL, LONGEST_RECORD, Record, read_record

LONGEST_LINE = 1_000_000
"""Bytes without a line break; more cannot be a row about a person."""
_READ_AT_ONCE = 256 * 1024
_UNREADABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is refused, and how to mend it. `column` is the header in the file, or empty."""

    column: str
    reason: str
    mend: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the physical line where it begins, its cells, and what is wrong with its form."""

    line: int
    cells: tuple[str, ...]
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """How far a file is read: the next byte, its physical line, and whether that line is passed over."""

    offset: int = 0
    line: int = 1
    passing: bool = False


def read_header(data: bytes, columns: Mapping[str, str] | None = None) -> tuple[Header, Place]:
    """Reads the first line, which must be whole in `data`; `columns` maps our names to the file's.

    Raises FileRefused when this is not an HR file, naming what is missing.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileRefused("the file is UTF-16; save it as UTF-8 (in a spreadsheet: `CSV UTF-8`)")
    line = data.partition(b"\n")[0]
    if len(line) > LONGEST_RECORD or b"\r" in line[:-1]:
        raise FileRefused("the file has no line breaks that end in LF; save it with LF or CRLF line ends")
    try:
        text = line.decode("utf-8-sig").rstrip("\r")
    except UnicodeDecodeError:
        raise FileRefused("the first line is not UTF-8; save the file as UTF-8") from None
    return find_header(text, columns or {}), Place(len(line) + 1, 2)


def read_rows(data: bytes, header: Header, place: Place, *, last: bool) -> tuple[list[Row], Place]:
    """The whole rows in `data`, which begins at `place`; and the place of the first byte that was not used.

    `last` says that the file ends with `data`. When nothing was used, `data` held no whole row: give more.
    """
    lines = data.split(b"\n")
    rest = lines.pop()
    if last and rest:
        lines.append(rest)
    if not lines and len(rest) > LONGEST_LINE:
        problem = Problem("", "the line never ends", "end every row with a line break")
        rows = [] if place.passing else [Row(place.line, (rest[:200].decode("utf-8", "replace"),), problem)]
        return rows, Place(place.offset + len(rest), place.line, passing=True)
    return _rows(lines, header, place, last=last)


def _rows(lines: list[bytes], header: Header, place: Place, *, last: bool) -> tuple[list[Row], Place]:
    rows: list[Row] = []
    at = 1 if place.passing and lines else 0
    while at < len(lines):
        record = read_record(lines, at, header.delimiter, last=last)
        if record is None:
            break
        if any(not cell.isspace() for cell in record.cells if cell):
            rows.append(_checked(record, place.line + at, header))
        at = record.end
    used = sum(map(len, lines[:at])) + at
    return rows, Place(place.offset + used, place.line + at, passing=place.passing and not at)


def _checked(record: Record, line: int, header: Header) -> Row:
    problem = _problem(record, header)
    if problem is None:
        return Row(line, record.cells)
    return Row(line, tuple(_UNREADABLE.sub("\ufffd", cell) for cell in record.cells), problem)


def _problem(record: Record, header: Header) -> Problem | None:
    if record.reason:
        mend = 'put cells with a delimiter or a line break in "…" and write a quotation mark inside as ""'
        return Problem("", record.reason, mend)
    found, expected = len(record.cells), len(header.theirs)
    if found != expected:
        few = "few" if found < expected else "many"
        mend = 'give every column a cell; a cell with the delimiter in it stands in "…"'
        return Problem("", f"too {few} cells: {found} instead of {expected}", mend)
    for column, cell in zip(header.theirs, record.cells, strict=True):
        if len(cell) > LONGEST_CELL:
            return Problem(column, f"holds more than {LONGEST_CELL} characters", "shorten it")
        if not cell.isprintable() and _UNREADABLE.search(cell):
            return Problem(column, "holds bytes that are not UTF-8 text", "save the file as UTF-8")
    return None


def rows_of(chunks: Iterable[bytes], columns: Mapping[str, str] | None = None) -> Iterator[Header | list[Row]]:
    """Reads a whole file in one go: first its header, then its rows by batches. Memory stays flat."""
    source, data = iter(chunks), b""
    while b"\n" not in data and len(data) <= LONGEST_RECORD and (more := next(source, None)) is not None:
        data += more
    header, place = read_header(data, columns)
    yield header
    data = data[place.offset :]
    for more in source:
        data += more
        if len(data) >= _READ_AT_ONCE:
            rows, reached = read_rows(data, header, place, last=False)
            data, place = data[reached.offset - place.offset :], reached
            yield rows
    yield read_rows(data, header, place, last=True)[0]
