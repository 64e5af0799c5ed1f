"""People: where their clocks are, when they work, whether they are still here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg

from chassis.calendar import DEFAULT_SPANS
from chassis.db import Tx
from contracts.event import PersonId
from services.engagement.domain.person import Person

_COLUMNS = "person_id, time_zone, working_hours, country, manager_id, wants, has_left"

_TAKE_UP = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS given (
        person_id text, time_zone text, working_hours text[], country text, manager_id text, wants text[],
        sequence bigint
    )
), before AS (
    SELECT person_id, time_zone, working_hours, country FROM people WHERE person_id IN (SELECT person_id FROM given)
), taken AS (
    INSERT INTO people (person_id, time_zone, working_hours, country, manager_id, wants, sequence)
    SELECT person_id, time_zone, working_hours, country, manager_id, wants, sequence FROM given ORDER BY person_id
    ON CONFLICT (person_id) DO UPDATE SET
        time_zone = excluded.time_zone, working_hours = excluded.working_hours, country = excluded.country,
        manager_id = excluded.manager_id, wants = excluded.wants, has_left = false, sequence = excluded.sequence
    WHERE people.sequence < excluded.sequence
    RETURNING person_id, time_zone, working_hours, country
)
SELECT taken.person_id FROM taken LEFT JOIN before USING (person_id)
WHERE (taken.time_zone, taken.working_hours, taken.country)
      IS DISTINCT FROM (before.time_zone, before.working_hours, before.country)
"""


async def take_up(tx: Tx, people: Mapping[PersonId, tuple[Person, int]]) -> list[PersonId]:
    """Keeps these people if their sequence is newer than what is known; gives those whose clock is another now."""
    rows = await tx.fetch(_TAKE_UP, [_given(person, sequence) for person, sequence in people.values()])
    return [row["person_id"] for row in rows]


async def introduce(tx: Tx, people: Sequence[Person]) -> None:
    """Keeps those of whom nothing was heard yet; any profile is newer than this."""
    await tx.executemany(
        "INSERT INTO people (person_id, time_zone, working_hours) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [(person.id, person.time_zone, person.working_hours) for person in people],
    )


async def hold_people(tx: Tx, person_ids: Iterable[PersonId]) -> dict[PersonId, Person]:
    """These people as they are; nobody can leave or move before this transaction ends."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM people WHERE person_id = ANY($1) ORDER BY person_id FOR SHARE", list(person_ids)
    )
    return {row["person_id"]: _person(row) for row in rows}


async def people_of(tx: Tx, person_ids: Iterable[PersonId]) -> dict[PersonId, Person]:
    """These people as they are known."""
    rows = await tx.fetch(f"SELECT {_COLUMNS} FROM people WHERE person_id = ANY($1)", list(person_ids))
    return {row["person_id"]: _person(row) for row in rows}


async def mark_left(tx: Tx, person_id: PersonId, *, sequence: int) -> bool:
    """Notes that somebody left; False if something newer is known of them."""
    known = await tx.fetchval(
        "INSERT INTO people (person_id, time_zone, working_hours, has_left, sequence) VALUES ($1, 'UTC', $2, true, $3)"
        " ON CONFLICT (person_id) DO UPDATE SET has_left = true, sequence = excluded.sequence"
        " WHERE people.sequence < excluded.sequence RETURNING person_id",
        person_id,
        DEFAULT_SPANS,
        sequence,
    )
    return known is not None


def _given(person: Person, sequence: int) -> dict[str, Any]:
    return {
        "person_id": person.id,
        "time_zone": person.time_zone,
        "working_hours": person.working_hours,
        "country": person.country,
        "manager_id": person.manager_id,
        "wants": person.wants,
        "sequence": sequence,
    }


def _person(row: asyncpg.Record) -> Person:
    return Person(
        id=row["person_id"],
        time_zone=row["time_zone"],
        working_hours=tuple(row["working_hours"]),
        country=row["country"],
        manager_id=row["manager_id"],
        wants=tuple(row["wants"]),
        has_left=row["has_left"],
    )
