"""Groups that people opted into, as a table: `person,group`, a line for each group of each person."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from services.matching.files.tables import Row, read_rows, read_table, wrong_id

COLUMNS = ("person", "group")
LONGEST_GROUP = 100


@dataclass
class Members:
    """Who is in which group, and where that is said."""

    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    """(group, person) → line."""

    def take(self, line: int, row: Row) -> str | None:
        """Keeps a row, or says why it is wrong."""
        person, group = row
        if not group or len(group) > LONGEST_GROUP or not group.isprintable():
            return f"the group is empty, longer than {LONGEST_GROUP} characters, or holds control characters"
        if (group, person) in self.lines:
            return f"the same as line {self.lines[group, person]}; take one of them out"
        self.lines[group, person] = line
        return wrong_id(person)

    def groups(self) -> dict[str, set[str]]:
        """Group → people."""
        found: dict[str, set[str]] = {}
        for group, person in self.lines:
            found.setdefault(group, set()).add(person)
        return found

    def unknown(self, known: Iterable[str]) -> list[tuple[int, str]]:
        """The lines that name none of these people, in order."""
        everybody = set(known)
        return sorted((line, person) for (_, person), line in self.lines.items() if person not in everybody)


def read_groups(path: Path) -> Members:
    """The groups in a file. Raises BadFile with line and reason."""
    members = Members()
    read_table(path, COLUMNS, members.take)
    return members


def groups_in(file: TextIO, name: str) -> Members:
    """The groups in what was sent. Raises BadFile with line and reason."""
    members = Members()
    read_rows(file, name, COLUMNS, members.take)
    return members
