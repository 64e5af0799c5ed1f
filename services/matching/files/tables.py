"""Small CSV tables that people hand us: columns by name, every wrong row with its line and its reason."""

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from chassis.errors import Invalid

LONGEST_LINE = 100_000
MOST_NAMED = 20
LONGEST_ID = 200

Row = tuple[str, ...]


class BadFile(Invalid):
    """A file cannot be used; the sentence names the file, the lines and the reasons."""


def read_table(path: Path, columns: Sequence[str], take: Callable[[int, Row], str | None]) -> int:
    """Gives each row's cells, in the order of `columns`, to `take`, with the line where the row begins.

    `take` gives back why the row is wrong, or None. Comma, semicolon or tab; other columns are ignored. Raises
    BadFile with the first reasons once all rows were looked at; else gives the number of rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return read_rows(file, path.name, columns, take)
    except UnicodeDecodeError:
        raise BadFile(f"{path.name}, line {_not_utf8(path)}: is not UTF-8; save the file as UTF-8") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error}") from None


def read_rows(file: TextIO, name: str, columns: Sequence[str], take: Callable[[int, Row], str | None]) -> int:
    """The same of what is open already, or UnicodeDecodeError; `name` is what it is called in sentences."""
    wrong, rows = [], 0
    for line, row in _rows(file, name, columns):
        reason = row if isinstance(row, str) else take(line, row)
        rows += 1
        if reason:
            wrong.append(f"{name}, line {line}: {reason}")
    if wrong:
        more = f"\nand {len(wrong) - MOST_NAMED} more lines" if len(wrong) > MOST_NAMED else ""
        raise BadFile("\n".join(wrong[:MOST_NAMED]) + more)
    return rows


def _rows(file: TextIO, name: str, columns: Sequence[str]) -> Iterator[tuple[int, Row | str]]:
    """Each row's cells, or what is wrong with their number."""
    header = file.readline(LONGEST_LINE)
    names, delimiter = _header(name, header, columns)
    at = [names.index(column) for column in columns]
    reader, begins = csv.reader(file, delimiter=delimiter, strict=True), 2
    try:
        for cells in reader:
            if cells:
                right = len(cells) == len(names)
                several = f"has {len(cells)} cells instead of {len(names)}; quote a cell that holds a `{delimiter}`"
                yield begins, tuple(cells[place].strip() for place in at) if right else several
            begins = reader.line_num + 2
    except csv.Error as error:
        mend = 'close every quoted cell, and write a quote inside one as ""'
        raise BadFile(f"{name}, line {begins}: cannot be read as CSV ({error}); {mend}") from None


def _not_utf8(path: Path) -> int:
    """The first line that cannot be read."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1


def _header(file: str, header: str, columns: Sequence[str]) -> tuple[list[str], str]:
    if not header.strip():
        raise BadFile(f"{file} is empty; its first line must name the columns {', '.join(columns)}")
    if len(header) >= LONGEST_LINE:
        raise BadFile(f"{file}: the first line is longer than {LONGEST_LINE} characters")
    delimiter = max(",;\t", key=header.count)
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]
    for column in columns:
        if names.count(column) != 1:
            raise BadFile(f"{file}: the first line must name the column {column} once; it has {names[:20]}")
    return names, delimiter


def wrong_id(one: str, column: str = "id") -> str | None:
    """Why this cannot be an id, or None."""
    if not one or len(one) > LONGEST_ID or not one.isprintable():
        return f"`{one[:40]}` is no {column}: 1 to {LONGEST_ID} characters, no control characters"
    return None
