"""People for a cohort out of the HR file: who takes part, and who is refused with a reason; one never stops another.

The file is read twice, as the import does: doubles, unknown managers and circles need all of it first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from contracts.profiles import ProfileUpdated
from services.hr_file.entry import Edge, Refusal, edge, read_entry
from services.hr_file.header import FileRefused, Header
from services.hr_file.judging import Line, judge, lines_of
from services.hr_file.mapping import read_mapping
from services.hr_file.profile import is_over, profile_of
from services.hr_file.rejected import rejected_head, rejected_lines
from services.hr_file.rows import Row, rows_of
from services.matching.files.run import REJECTED, begin_run
from services.matching.files.tables import BadFile

_READ_AT_ONCE = 128 * 1024


@dataclass(frozen=True, slots=True)
class People:
    """Who can be matched, and what was left out."""

    profiles: list[ProfileUpdated]
    rejected: int = 0
    ignored_columns: tuple[str, ...] = ()


def read_columns(path: Path) -> dict[str, str]:
    """The mapping of `--columns`: our names to the file's. Raises BadFile."""
    try:
        return read_mapping(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read: {error}") from None
    except FileRefused as refused:
        raise BadFile(f"{path.name}: {refused}") from None


def read_people(path: Path, columns: dict[str, str], run: Path, *, now: datetime) -> People:
    """Everybody in the file whose last day has not passed; refused rows are written to `run/rejected.csv`.

    Raises BadFile, and writes nothing, when this is no HR file or a required column is missing.
    """
    try:
        with path.open("rb") as file:
            header, lines = _scan(file, columns)
            begin_run(run)
            with (run / REJECTED).open("w", encoding="utf-8", newline="") as out:
                out.write(rejected_head(header))
                taking = _Taking(header, lines, lambda refusal: out.write(rejected_lines([refusal])), now)
                profiles = [profile for row in _rows(file, columns)[1] if (profile := taking.take(row))]
    except FileRefused as refused:
        raise BadFile(f"{path.name}: {refused}") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read, or {run / REJECTED} cannot be written: {error}") from None
    return People(profiles, taking.rejected, header.ignored)


def _scan(file: BinaryIO, columns: dict[str, str]) -> tuple[Header, dict[str, Line]]:
    """Who stands where, and under whom."""
    header, rows = _rows(file, columns)

    def edges() -> Iterator[Edge]:
        for row in rows:
            if found := edge(row, header):
                yield found

    return header, lines_of(edges())


def _rows(file: BinaryIO, columns: dict[str, str]) -> tuple[Header, Iterator[Row]]:
    """The header and then the rows, from the beginning of the file."""
    file.seek(0)
    parts = rows_of(iter(partial(file.read, _READ_AT_ONCE), b""), columns)
    header = next(parts)
    assert isinstance(header, Header)  # noqa: S101 - `rows_of` begins with it
    return header, (row for part in parts if isinstance(part, list) for row in part)


@dataclass(slots=True)
class _Taking:
    """Takes rows in one by one and counts those it refuses."""

    header: Header
    lines: dict[str, Line]
    refuse: Callable[[Refusal], object]
    now: datetime
    rejected: int = 0

    def take(self, row: Row) -> ProfileUpdated | None:
        judged = judge(row, read_entry(row, self.header), self.lines, self.header)
        if isinstance(judged, Refusal):
            self.refuse(judged)
            self.rejected += 1
            return None
        over = is_over(judged.left_on, judged.values["time_zone"], now=self.now)
        return None if over else profile_of(judged)
