"""Tasks of coordinators."""

from datetime import datetime

import asyncpg

from chassis.db import Tx
from contracts.engagement import RelationshipId
from contracts.event import PersonId
from services.engagement.domain.errors import NoSuchTask
from services.engagement.domain.task import Kind, Task, TaskId

_COLUMNS = "id, kind, relationship_id, program_id, created_at, person_id, done_at, done_by"
_MINE = "program_id IN (SELECT program_id FROM programs WHERE $1 = ANY (coordinators))"


async def add_task(tx: Tx, task: Task) -> None:
    """Keeps a new task; the same one again changes nothing."""
    await tx.execute(
        f"INSERT INTO tasks ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        task.id,
        task.kind,
        task.relationship_id,
        task.program_id,
        task.created_at,
        task.person_id,
        task.done_at,
        task.done_by,
    )


async def settle(
    tx: Tx,
    relationship_id: RelationshipId,
    *,
    kind: Kind | None = None,
    person_id: PersonId | None = None,
    now: datetime,
) -> None:
    """Open tasks that have become pointless are done by themselves: of the pair, of a kind, about a person."""
    await tx.execute(
        "UPDATE tasks SET done_at = $4 WHERE relationship_id = $1 AND done_at IS NULL"
        " AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR person_id = $3)",
        relationship_id,
        kind,
        person_id,
        now,
    )


async def lock_task(tx: Tx, task_id: TaskId, coordinator: PersonId) -> Task:
    """The task, if it belongs to a program of this coordinator."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM tasks WHERE {_MINE} AND id = $2 FOR UPDATE", coordinator, task_id)
    if row is None:
        raise NoSuchTask("there is no such task")
    return _task(row)


async def save_done(tx: Tx, task: Task) -> None:
    """Keeps who has done it and when."""
    await tx.execute("UPDATE tasks SET done_at = $2, done_by = $3 WHERE id = $1", task.id, task.done_at, task.done_by)


async def tasks_of(
    tx: Tx, coordinator: PersonId, *, done: bool, after: tuple[datetime, TaskId] | None, limit: int
) -> list[Task]:
    """The tasks in the programs of this coordinator, the oldest first."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM tasks WHERE {_MINE} AND (done_at IS NOT NULL) = $2"
        " AND ($3::timestamptz IS NULL OR (created_at, id) > ($3, $4::uuid)) ORDER BY created_at, id LIMIT $5",
        coordinator,
        done,
        *(after or (None, None)),
        limit,
    )
    return [_task(row) for row in rows]


def _task(row: asyncpg.Record) -> Task:
    return Task(**dict(row) | {"kind": Kind(row["kind"])})
