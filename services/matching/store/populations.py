"""The populations of runs, until they are too old; whoever has left is named beside them."""

from datetime import datetime

import asyncpg

from chassis.db import Tx
from contracts.matching import RunId
from services.matching.domain.population import Packed, Stored

_READ = """
SELECT run_id, body, lost,
    ARRAY(SELECT person_id FROM people WHERE person_id = ANY(p.people) AND left_on IS NOT NULL) AS gone
FROM run_populations p
"""


async def insert(tx: Tx, run_id: RunId, population: Packed, *, now: datetime) -> None:
    """Keeps what a run took in; it is looked through at once, since somebody may have left while it was computed."""
    await tx.execute(
        "INSERT INTO run_populations (run_id, people, body, stored_at, checked_at)"
        " VALUES ($1, $2, $3, $4, '-infinity')",
        run_id,
        list(population.people),
        population.body,
        now,
    )


async def find(tx: Tx, run_id: RunId) -> Stored | None:
    """What a run took in, if it is still kept."""
    row = await tx.fetchrow(f"{_READ} WHERE run_id = $1", run_id)
    return _stored(row) if row else None


async def is_kept(tx: Tx, run_id: RunId) -> bool:
    """Whether a run can be run again."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM run_populations WHERE run_id = $1)", run_id))


async def to_check(tx: Tx, *, before: datetime) -> tuple[RunId, Stored] | None:
    """The one that nobody has looked through for longest, if that was before an instant."""
    row = await tx.fetchrow(f"{_READ} WHERE checked_at < $1 ORDER BY checked_at, run_id LIMIT 1", before)
    return (row["run_id"], _stored(row)) if row else None


async def checked(tx: Tx, run_id: RunId, *, now: datetime) -> None:
    """Nobody in it has left."""
    await tx.execute("UPDATE run_populations SET checked_at = $2 WHERE run_id = $1", run_id, now)


async def trim(tx: Tx, run_id: RunId, found: Stored, left: Packed, *, now: datetime) -> None:
    """Saves what is left of it, if it is still as it was found."""
    await tx.execute(
        "UPDATE run_populations SET people = $3, body = $4, lost = lost + $5, checked_at = $6"
        " WHERE run_id = $1 AND lost = $2",
        run_id,
        found.lost,
        list(left.people),
        left.body,
        len(found.gone),
        now,
    )


async def delete_older(tx: Tx, *, than: datetime) -> int:
    """Forgets populations that were stored before an instant; gives how many."""
    rows = await tx.fetch("DELETE FROM run_populations WHERE stored_at < $1 RETURNING run_id", than)
    return len(rows)


def _stored(row: asyncpg.Record) -> Stored:
    return Stored(bytes(row["body"]), frozenset(row["gone"]), row["lost"])
