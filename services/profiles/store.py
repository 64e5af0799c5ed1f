"""People in PostgreSQL: one statement per function."""

from collections.abc import Collection, Sequence
from datetime import datetime

from asyncpg import Record

from chassis.db import Tx
from contracts.profiles import ProfileUpdated
from services.profiles.domain.person import Person

_COLUMNS = "person_id, profile::text AS profile, name, email, left_on, gone, own, version"


def _person(row: Record) -> Person:
    return Person(
        profile=ProfileUpdated.read(row["profile"]),
        name=row["name"],
        email=row["email"],
        left_on=row["left_on"],
        gone=row["gone"],
        own=frozenset(row["own"]),
        version=row["version"],
    )


async def lock_people(tx: Tx, ids: Sequence[str]) -> dict[str, Person]:
    """Those of them whom we know, held until the commit; always in the same order, so nobody deadlocks."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM people WHERE person_id = ANY($1::text[]) ORDER BY person_id FOR UPDATE", ids
    )
    return {row["person_id"]: _person(row) for row in rows}


async def find_person(tx: Tx, person_id: str) -> Person | None:
    """Somebody, if we know them."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM people WHERE person_id = $1", person_id)
    return _person(row) if row else None


async def list_people(tx: Tx, *, after: str, limit: int, gone: bool | None) -> list[Person]:
    """People in the order of their ids; all, those who are here, or those who left."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM people WHERE person_id > $1 AND ($3::boolean IS NULL OR gone = $3)"
        " ORDER BY person_id LIMIT $2",
        after,
        limit,
        gone,
    )
    return [_person(row) for row in rows]


async def save_people(tx: Tx, people: Collection[Person], *, now: datetime) -> None:
    """Writes them all as they are now."""
    await tx.execute(
        "INSERT INTO people (person_id, profile, name, email, left_on, gone, own, version, changed_at)"
        " SELECT person_id, profile::jsonb, name, email, left_on, gone, string_to_array(own, ','), version, $9"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[], $6::boolean[], $7::text[],"
        "             $8::int[]) AS t (person_id, profile, name, email, left_on, gone, own, version)"
        " ORDER BY person_id"
        " ON CONFLICT (person_id) DO UPDATE SET profile = excluded.profile, name = excluded.name,"
        " email = excluded.email, left_on = excluded.left_on, gone = excluded.gone, own = excluded.own,"
        " version = excluded.version, changed_at = excluded.changed_at",
        [person.id for person in people],
        [person.profile.body() for person in people],
        [person.name for person in people],
        [person.email for person in people],
        [person.left_on for person in people],
        [person.gone for person in people],
        [",".join(sorted(person.own)) for person in people],
        [person.version for person in people],
        now,
    )


async def line_above(tx: Tx, manager_id: str) -> set[str]:
    """The manager and everybody above them; empty if nobody knows this manager."""
    rows = await tx.fetch(
        "WITH RECURSIVE above AS ("
        " SELECT person_id, manager_id FROM people WHERE person_id = $1"
        " UNION SELECT p.person_id, p.manager_id FROM people p JOIN above a ON p.person_id = a.manager_id"
        ") SELECT person_id FROM above",
        manager_id,
    )
    return {row["person_id"] for row in rows}
