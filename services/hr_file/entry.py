"""What a row of the HR file says about a person: values by field, or the reasons why it is refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.text import tidy
from services.hr_file import cells, skill_cells
from services.hr_file.cells import Broken
from services.hr_file.header import Header
from services.hr_file.rows import Problem, Row

READ_BY: Mapping[str, Callable[[str], Any]] = {
    "person_id": cells.person_id,
    "name": cells.name,
    "email": cells.email,
    "time_zone": cells.time_zone,
    "languages": cells.languages,
    "manager_id": skill_cells.manager_id,
    "team": cells.short_text,
    "function": cells.short_text,
    "location": cells.short_text,
    "country": cells.country,
    "level": cells.level,
    "working_hours": cells.working_hours,
    "roles": cells.roles,
    "mentor_seats": cells.mentor_seats,
    "skills": skill_cells.skills,
    "wants": skill_cells.wants,
    "goals": tidy,
    "path": cells.short_text,
    "style": skill_cells.style,
    "avoid": skill_cells.avoid,
    "joined_on": cells.day,
    "left_on": cells.last_day,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a source says about a person: only the fields that it speaks of."""

    person_id: str
    values: Mapping[str, Any]

    @property
    def left_on(self) -> date | None:
        """The last day, if the source names one."""
        day: date | None = self.values.get("left_on")
        return day


@dataclass(frozen=True, slots=True)
class Edge:
    """A person in the file and their manager. `line=None`: the form of the row is broken, it only mentions them."""

    person_id: str
    line: int | None
    manager_id: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that does not go in: where, why, how to mend it, and what it says."""

    line: int
    column: str
    reason: str
    mend: str
    cells: tuple[str, ...]


def read_entry(row: Row, header: Header) -> Entry | Refusal:
    """Reads every cell that has a meaning. All problems are named; the first gives the column."""
    problems = [row.problem] if row.problem else []
    values: dict[str, Any] = {}
    for ours, theirs, cell in zip(header.ours, header.theirs, row.cells, strict=False) if not problems else ():
        if ours is None:
            continue
        try:
            values[ours] = READ_BY[ours](cell.strip())
        except Broken as broken:
            problems.append(Problem(theirs, broken.reason, broken.mend))
    problems += _contradictions(values, header)
    return refused(row, *problems) if problems else Entry(values["person_id"], values)


def _contradictions(values: Mapping[str, Any], header: Header) -> list[Problem]:
    found = []
    if "person_id" in values and values.get("manager_id") == values["person_id"]:
        found.append(Problem(header.name_of("manager_id"), "is the person's own id", "name the manager, or nobody"))
    joined, left = values.get("joined_on"), values.get("left_on")
    if joined and left and left < joined:
        mend = f"correct it or `{header.name_of('joined_on')}`"
        found.append(Problem(header.name_of("left_on"), f"{left} is before the first day, {joined}", mend))
    return found


def refused(row: Row, first: Problem, *others: Problem) -> Refusal:
    """The row with the reasons why it stays out."""
    also = "".join(f"; also {other.column}: {other.reason} ({other.mend})" for other in others)
    return Refusal(row.line, first.column, first.reason + also, first.mend, row.cells)


def edge(row: Row, header: Header) -> Edge | None:
    """Who stands in the row and under whom, as far as that can be read."""
    person_id = _id(row, header, "person_id")
    if person_id is None or row.problem:
        return Edge(person_id, None, None) if person_id else None
    return Edge(person_id, row.line, _id(row, header, "manager_id"))


def _id(row: Row, header: Header, ours: str) -> str | None:
    place = header.ours.index(ours) if ours in header.ours else len(row.cells)
    try:
        return cells.person_id(row.cells[place].strip()) if place < len(row.cells) else None
    except Broken:
        return None
