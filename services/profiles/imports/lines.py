"""Who stands where in a file, and under whom: one statement per function."""

from array import array
from collections.abc import Collection, Sequence
from uuid import UUID

from chassis.db import Tx
from services.hr_file.entry import Edge
from services.hr_file.judging import Line, circle_in_words, first_rows


async def keep(tx: Tx, import_id: UUID, edges: Collection[Edge]) -> None:
    """Remembers who stands where. The first readable row of a person counts."""
    first = first_rows(edges)
    await tx.execute(
        "INSERT INTO import_lines (import_id, person_id, line, manager_id)"
        " SELECT $1, person_id, line, manager_id"
        " FROM unnest($2::text[], $3::bigint[], $4::text[]) AS t (person_id, line, manager_id)"
        " ON CONFLICT (import_id, person_id)"
        " DO UPDATE SET line = excluded.line, manager_id = excluded.manager_id WHERE import_lines.line IS NULL",
        import_id,
        list(first),
        [edge.line for edge in first.values()],
        [edge.manager_id for edge in first.values()],
    )


async def expect_many(tx: Tx) -> None:
    """For the rest of the transaction: all lines of a file are looked at.

    The planner knows nothing yet of rows that were just written: it would take them for a handful and choose a
    nested loop, which takes minutes for a hundred thousand.
    """
    await tx.execute("SET LOCAL enable_nestloop = off")


async def mark_unknown_managers(tx: Tx, import_id: UUID) -> None:
    """Marks rows whose manager is neither in the file nor known from before."""
    await tx.execute(
        "UPDATE import_lines l SET problem = 'unknown-manager' WHERE import_id = $1 AND manager_id IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM import_lines m WHERE m.import_id = $1 AND m.person_id = l.manager_id)"
        " AND NOT EXISTS (SELECT FROM people p WHERE p.person_id = l.manager_id)",
        import_id,
    )


# Everybody in the file as it will be, and everybody else as we know them, numbered.
_NUMBERED = """
WITH reports AS (
    SELECT person_id, manager_id FROM import_lines WHERE import_id = $1
    UNION ALL
    SELECT p.person_id, p.manager_id FROM people p WHERE NOT EXISTS (
        SELECT FROM import_lines l WHERE l.import_id = $1 AND l.person_id = p.person_id)
), numbered AS MATERIALIZED (
    SELECT person_id, manager_id, (row_number() OVER (ORDER BY person_id) - 1)::int AS place FROM reports
)
"""
_MANAGERS = """
SELECT coalesce(m.place, -1) AS manager FROM numbered r LEFT JOIN numbered m ON m.person_id = r.manager_id
ORDER BY r.place
"""


async def managers(tx: Tx, import_id: UUID) -> "array[int]":
    """For each person, by number, the number of their manager, or -1: a few bytes each, for a million people."""
    found = array("i")
    async for row in tx.connection.cursor(_NUMBERED + _MANAGERS, import_id, prefetch=5_000):
        found.append(row["manager"])
    return found


async def ids_of(tx: Tx, import_id: UUID, places: Sequence[int]) -> dict[int, str]:
    """Who has these numbers."""
    rows = await tx.fetch(
        _NUMBERED + "SELECT place, person_id FROM numbered WHERE place = ANY($2::int[])", import_id, places
    )
    return {row["place"]: row["person_id"] for row in rows}


async def mark_circle(tx: Tx, import_id: UUID, members: Sequence[str]) -> None:
    """Marks the rows of people who would manage themselves in the end."""
    await tx.execute(
        "UPDATE import_lines SET problem = 'circle', circle = $3 WHERE import_id = $1 AND person_id = ANY($2::text[])",
        import_id,
        members,
        circle_in_words(members),
    )


async def of_people(tx: Tx, import_id: UUID, ids: Sequence[str]) -> dict[str, Line]:
    """The lines of these people."""
    rows = await tx.fetch(
        "SELECT person_id, line, problem, circle FROM import_lines"
        " WHERE import_id = $1 AND person_id = ANY($2::text[])",
        import_id,
        ids,
    )
    return {row["person_id"]: Line(row["line"], row["problem"], row["circle"]) for row in rows}
