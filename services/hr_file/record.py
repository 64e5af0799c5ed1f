"""One record of a CSV file (RFC 4180): usually one physical line, several where a quoted cell has line breaks."""

import csv
from dataclasses import dataclass

LONGEST_CELL = 10_000
LONGEST_RECORD = 500_000
_OPEN = "a quoted cell is not closed"
_STRAY = "a quotation mark stands where none may stand"
_LARGE = f"a cell holds more than {LONGEST_CELL} characters"


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of some physical lines, the last of which is before `end`; or the reason why it is broken."""

    cells: tuple[str, ...]
    end: int
    reason: str = ""


def read_record(lines: list[bytes], at: int, delimiter: str, *, last: bool) -> Record | None:
    """The record that begins at line `at`; None when its end is not among `lines` and more may come.

    A broken record is only its first line: those after it may be good ones and are read by themselves.
    """
    first = _text(lines[at])
    if '"' not in first:
        return Record(tuple(first.split(delimiter)), at + 1)
    texts, end = [first], at + 1
    while True:
        cells, reason = _cells(texts, delimiter)
        if not reason:
            return Record(cells, end)
        inside, closing = _to_next_quote(lines, end)
        large = sum(map(len, inside)) > LONGEST_CELL or sum(map(len, texts)) > LONGEST_RECORD
        if reason != _OPEN or large or (last and not closing):
            return Record(tuple(first.split(delimiter)), at + 1, reason)
        if not closing:
            return None
        texts += map(_text, inside + closing)
        end += len(inside) + 1


def _to_next_quote(lines: list[bytes], start: int) -> tuple[list[bytes], list[bytes]]:
    """The lines from `start` that cannot close an open cell, and the first that can, if it is there."""
    end = start
    while end < len(lines) and b'"' not in lines[end]:
        end += 1
    return lines[start:end], lines[end : end + 1]


def _text(line: bytes) -> str:
    line = line.removesuffix(b"\r")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("utf-8", "surrogateescape")  # the column that holds it is found later


def _cells(texts: list[str], delimiter: str) -> tuple[tuple[str, ...], str]:
    """The cells, or why there are none."""
    try:
        cells = next(csv.reader([text + "\n" for text in texts], delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return (), _OPEN
        return (), _LARGE if "field larger" in str(error) else _STRAY
    return tuple(cells), ""
