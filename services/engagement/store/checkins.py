"""Check-ins: each side's row of them, and what was answered."""

from datetime import datetime

import asyncpg

from chassis.db import Tx
from contracts.engagement import CheckinId, RelationshipId
from contracts.event import PersonId
from services.engagement.domain.checkin import Answer, Checkin, Status
from services.engagement.domain.errors import NoSuchCheckin
from services.engagement.domain.schedule import Slot

_COLUMNS = "id, relationship_id, person_id, number, due_at, answer_by_at, status, answered_at"


async def save_checkin(tx: Tx, checkin: Checkin) -> None:
    """Keeps the check-in as it is now."""
    await tx.execute(
        f"INSERT INTO checkins ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET"
        " due_at = excluded.due_at, answer_by_at = excluded.answer_by_at, status = excluded.status,"
        " answered_at = excluded.answered_at",
        checkin.id,
        checkin.relationship_id,
        checkin.person_id,
        checkin.slot.number,
        checkin.slot.due_at,
        checkin.answer_by_at,
        checkin.status,
        checkin.answered_at,
    )


async def save_answer(tx: Tx, checkin: Checkin, answer: Answer) -> None:
    """Keeps the completed check-in and what was said, without the private part."""
    await tx.execute(
        "UPDATE checkins SET status = $2, answered_at = $3, pulse = $4, went_well = $5, missing = $6 WHERE id = $1",
        checkin.id,
        checkin.status,
        checkin.answered_at,
        answer.pulse,
        answer.went_well,
        answer.missing,
    )


async def checkin(tx: Tx, checkin_id: CheckinId) -> Checkin:
    """The check-in; its relationship is locked already."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM checkins WHERE id = $1", checkin_id)
    if row is None:
        raise NoSuchCheckin("there is no such check-in")
    return _checkin(row)


async def planned(tx: Tx, relationship_id: RelationshipId, person_id: PersonId) -> Checkin | None:
    """The one that is planned next."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM checkins WHERE relationship_id = $1 AND person_id = $2 AND status = 'planned'",
        relationship_id,
        person_id,
    )
    return _checkin(row) if row else None


async def last_asked(tx: Tx, relationship_id: RelationshipId, person_id: PersonId) -> Slot | None:
    """The place of the last one that was asked."""
    row = await tx.fetchrow(
        "SELECT number, due_at FROM checkins WHERE relationship_id = $1 AND person_id = $2 AND status <> 'planned'"
        " ORDER BY number DESC LIMIT 1",
        relationship_id,
        person_id,
    )
    return Slot(row["number"], row["due_at"]) if row else None


async def drop_planned(tx: Tx, checkin_id: CheckinId) -> None:
    """Takes away a check-in that nobody was asked yet."""
    await tx.execute("DELETE FROM checkins WHERE id = $1 AND status = 'planned'", checkin_id)


async def endings_before(tx: Tx, checkin: Checkin) -> list[Status]:
    """How the person's earlier ones in this pair ended, the latest first."""
    rows = await tx.fetch(
        "SELECT status FROM checkins WHERE relationship_id = $1 AND person_id = $2 AND number < $3"
        " AND status IN ('completed', 'missed') ORDER BY number DESC",
        checkin.relationship_id,
        checkin.person_id,
        checkin.slot.number,
    )
    return [Status(row["status"]) for row in rows]


async def call_off(tx: Tx, relationship_id: RelationshipId) -> list[CheckinId]:
    """Cancels what is planned or open in a pair; gives the ids."""
    rows = await tx.fetch(
        "UPDATE checkins SET status = 'cancelled' WHERE relationship_id = $1 AND status IN ('planned', 'open')"
        " RETURNING id",
        relationship_id,
    )
    return [row["id"] for row in rows]


async def checkins_in(tx: Tx, relationship_id: RelationshipId, *, of: PersonId | None = None) -> list[Checkin]:
    """The check-ins of a pair, or of one of them, in their order."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM checkins WHERE relationship_id = $1 AND ($2::text IS NULL OR person_id = $2)"
        " ORDER BY due_at, person_id, number",
        relationship_id,
        of,
    )
    return [_checkin(row) for row in rows]


async def checkins_of(
    tx: Tx, person_id: PersonId, *, after: tuple[bool, datetime, CheckinId] | None, limit: int
) -> list[tuple[Checkin, Answer | None]]:
    """What a person was asked, open ones first, then the latest first; with their own answers."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS}, pulse, went_well, missing FROM checkins WHERE person_id = $1 AND status <> 'planned'"
        " AND ($2::boolean IS NULL OR (status = 'open', due_at, id) < ($2, $3::timestamptz, $4::uuid))"
        " ORDER BY (status = 'open') DESC, due_at DESC, id DESC LIMIT $5",
        person_id,
        *(after or (None, None, None)),
        limit,
    )
    return [(_checkin(row), _answer(row)) for row in rows]


def _answer(row: asyncpg.Record) -> Answer | None:
    if row["pulse"] is None:
        return None
    return Answer(row["pulse"], row["went_well"] or "", row["missing"] or "")


def _checkin(row: asyncpg.Record) -> Checkin:
    return Checkin(
        id=row["id"],
        relationship_id=row["relationship_id"],
        person_id=row["person_id"],
        slot=Slot(row["number"], row["due_at"]),
        answer_by_at=row["answer_by_at"],
        status=Status(row["status"]),
        answered_at=row["answered_at"],
    )
