"""Meetings of pairs."""

from datetime import datetime

import asyncpg

from chassis.db import Tx
from contracts.engagement import MeetingId, RelationshipId
from services.engagement.domain.errors import NoSuchMeeting
from services.engagement.domain.meeting import Meeting, Slot, Status

_COLUMNS = "id, relationship_id, starts_at, ends_at, channel, revision, status"
SHOWN = 100
"""Meetings shown with a relationship, the latest ones."""


async def save_meeting(tx: Tx, meeting: Meeting) -> None:
    """Keeps the meeting as it is now."""
    await tx.execute(
        f"INSERT INTO meetings ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET"
        " starts_at = excluded.starts_at, ends_at = excluded.ends_at, channel = excluded.channel,"
        " revision = excluded.revision, status = excluded.status",
        meeting.id,
        meeting.relationship_id,
        meeting.slot.starts_at,
        meeting.slot.ends_at,
        meeting.slot.channel,
        meeting.revision,
        meeting.status,
    )


async def meeting(tx: Tx, meeting_id: MeetingId) -> Meeting:
    """The meeting; its relationship is locked already."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM meetings WHERE id = $1", meeting_id)
    if row is None:
        raise NoSuchMeeting("there is no such meeting")
    return _meeting(row)


async def count_planned(tx: Tx, relationship_id: RelationshipId) -> int:
    """How many meetings stand in the pair's calendar."""
    planned: int = await tx.fetchval(
        "SELECT count(*) FROM meetings WHERE relationship_id = $1 AND status = 'scheduled'", relationship_id
    )
    return planned


async def upcoming(tx: Tx, relationship_id: RelationshipId, *, after: datetime) -> list[Meeting]:
    """The pair's meetings that have not begun, the next one first."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM meetings WHERE relationship_id = $1 AND status = 'scheduled' AND starts_at > $2"
        " ORDER BY starts_at, id",
        relationship_id,
        after,
    )
    return [_meeting(row) for row in rows]


async def meetings_of(tx: Tx, relationship_id: RelationshipId) -> list[Meeting]:
    """The pair's latest meetings, the latest first."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM meetings WHERE relationship_id = $1 ORDER BY starts_at DESC, id DESC LIMIT $2",
        relationship_id,
        SHOWN,
    )
    return [_meeting(row) for row in rows]


def _meeting(row: asyncpg.Record) -> Meeting:
    return Meeting(
        id=row["id"],
        relationship_id=row["relationship_id"],
        slot=Slot(row["starts_at"], row["ends_at"], row["channel"]),
        revision=row["revision"],
        status=Status(row["status"]),
    )
