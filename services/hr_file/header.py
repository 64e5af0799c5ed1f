"""The first line of the HR file: which column is where, and how cells are parted."""

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

REQUIRED = ("person_id", "name", "email", "time_zone", "languages")
OPTIONAL = (
    *("manager_id", "team", "function", "location", "country", "level", "working_hours", "roles"),
    *("mentor_seats", "skills", "wants", "goals", "path", "style", "avoid", "joined_on", "left_on"),
)
KNOWN = (*REQUIRED, *OPTIONAL)
MOST_COLUMNS = 500
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


class FileRefused(ValueError):
    """Nothing of the file can be read as an HR file. The sentence names what is missing and the way out."""


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of one file, in its order."""

    delimiter: str
    theirs: tuple[str, ...]
    """The names in the file."""
    ours: tuple[str | None, ...]
    """The names we know them by; None: a column that is ignored."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """Columns that mean nothing to us; they are reported, not refused."""
        return tuple(theirs for theirs, ours in zip(self.theirs, self.ours, strict=True) if ours is None)

    def name_of(self, ours: str) -> str:
        """What the file calls one of our columns."""
        return self.theirs[self.ours.index(ours)] if ours in self.ours else ours


def find_header(line: str, columns: Mapping[str, str]) -> Header:
    """Finds the delimiter and the columns; names are compared without regard to case and outer spaces.

    `columns` maps our names to the file's; what it does not name is found by our own name.
    """
    _check_mapping(columns)
    ours_of = {_plain(columns.get(name, name)): name for name in KNOWN}
    delimiter, theirs = max(_readings(line), key=lambda reading: _found(reading[1], ours_of))
    if len(theirs) > MOST_COLUMNS:
        raise FileRefused(f"the first line has {len(theirs)} columns; {MOST_COLUMNS} are allowed")
    ours = tuple(ours_of.get(_plain(name)) for name in theirs)
    _check_columns(ours, columns, delimiter)
    return Header(delimiter, theirs, ours)


def _plain(name: str) -> str:
    return name.strip().casefold()


def _readings(line: str) -> list[tuple[str, tuple[str, ...]]]:
    """The header cells, read with each delimiter; the first of equals wins."""
    readings: list[tuple[str, tuple[str, ...]]] = []
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
        except csv.Error:
            cells = line.split(delimiter)
        readings.append((delimiter, tuple(cell.strip() for cell in cells)))
    return readings


def _found(theirs: tuple[str, ...], ours_of: Mapping[str, str]) -> int:
    return sum(_plain(name) in ours_of for name in theirs)


def _check_mapping(columns: Mapping[str, str]) -> None:
    unknown = [name for name in columns if name not in KNOWN]
    if unknown:
        raise FileRefused(f"the mapping names {_listed(unknown)}, which we do not know; known: {', '.join(KNOWN)}")
    twice = _doubled([_plain(columns.get(name, name)) for name in KNOWN if name in columns])
    if twice:
        raise FileRefused(f"the mapping uses {_listed(twice)} for more than one of our columns")


def _check_columns(ours: tuple[str | None, ...], columns: Mapping[str, str], delimiter: str) -> None:
    missing = [name for name in (*REQUIRED, *columns) if name not in ours]
    if missing:
        sought = [columns.get(name, name) for name in dict.fromkeys(missing)]
        raise FileRefused(
            f"the first line lacks the columns {_listed(sought)} (read with {_DELIMITERS[delimiter]} as the"
            " delimiter); add them, or map them to your own headers"
        )
    twice = _doubled([name for name in ours if name])
    if twice:
        raise FileRefused(f"the first line has {_listed(twice)} more than once; keep one of each")


def _doubled(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
