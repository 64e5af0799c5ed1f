"""What only the whole file can tell about a row: a double, a manager nobody knows, managers who form a circle."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.hr_file.circles import NOBODY, circles
from services.hr_file.entry import Edge, Entry, Refusal, refused
from services.hr_file.header import Header
from services.hr_file.rows import Problem, Row

UNKNOWN_MANAGER, CIRCLE = "unknown-manager", "circle"
_MOST_NAMED = 20
"""Enough of a circle to find it."""


@dataclass(frozen=True, slots=True)
class Line:
    """The line that speaks of a person, and what is wrong with the manager it names."""

    line: int | None
    problem: str | None
    circle: str | None


def first_rows(edges: Iterable[Edge]) -> dict[str, Edge]:
    """One edge for each person: the first readable row counts."""
    first: dict[str, Edge] = {}
    for edge in edges:
        if edge.person_id not in first or first[edge.person_id].line is None:
            first[edge.person_id] = edge
    return first


def lines_of(edges: Iterable[Edge]) -> dict[str, Line]:
    """Everybody in a file that is all there is; the import asks PostgreSQL instead, which knows people from before.

    A manager whose own row is refused is in the file all the same: their reports stay in.
    """
    first = first_rows(edges)
    ids = sorted(first)
    place = {person_id: number for number, person_id in enumerate(ids)}
    found = circles([place.get(first[person_id].manager_id or "", NOBODY) for person_id in ids])
    shown = {ids[one]: circle_in_words([ids[each] for each in circle]) for circle in found for one in circle}
    return {person_id: _line(first, person_id, shown.get(person_id)) for person_id in ids}


def _line(first: Mapping[str, Edge], person_id: str, circle: str | None) -> Line:
    edge = first[person_id]
    if circle:
        return Line(edge.line, CIRCLE, circle)
    return Line(edge.line, UNKNOWN_MANAGER if edge.manager_id and edge.manager_id not in first else None, None)


def circle_in_words(members: Sequence[str]) -> str:
    """Who reports to whom, back to the first."""
    return " → ".join([*members[:_MOST_NAMED], "…" if len(members) > _MOST_NAMED else members[0]])


def judge(row: Row, read: Entry | Refusal, lines: Mapping[str, Line], header: Header) -> Entry | Refusal:
    """Lets an entry in or refuses it for what the whole file says; a refused row stays refused."""
    if isinstance(read, Refusal):
        return read
    line, manager = lines[read.person_id], header.name_of("manager_id")
    if line.line != row.line:
        mend = "keep one row for each person"
        return refused(row, Problem(header.name_of("person_id"), f"stands in line {line.line} already", mend))
    if line.problem == UNKNOWN_MANAGER:
        reason = f"`{read.values['manager_id']}` is neither in this file nor known"
        return refused(row, Problem(manager, reason, "correct the id, add that person, or leave it empty"))
    if line.problem == CIRCLE:
        mend = "correct one manager of the circle, or leave it empty"
        return refused(row, Problem(manager, f"the managers form a circle: {line.circle}", mend))
    return read
