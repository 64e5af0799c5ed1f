"""Relationships: one row per pair, locked first in every change."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from chassis.db import Tx
from contracts.engagement import CheckinId, MeetingId, RelationshipId
from contracts.event import PersonId
from contracts.matching import Cadence, MatchId, ProgramId
from services.engagement.domain.errors import NoSuchCheckin, NoSuchMeeting, NoSuchRelationship
from services.engagement.domain.relationship import Relationship
from services.engagement.domain.viewer import Viewer

_COLUMNS = """id, match_id, program_id, mentee_id, mentor_id, starts_on, ends_on, cadence, started_at,
agreement_due_at, closes_at, signed_at, closed_at, reason"""


def _seen_by(viewer: Viewer) -> str:
    """The condition for what `$1` may see, with nothing in it that keeps an index from being used."""
    if viewer.reads_all:
        return "$1::text IS NOT NULL"
    ways = []
    if viewer.participates:
        ways.append("mentee_id = $1 OR mentor_id = $1")
    if viewer.coordinates:
        ways.append("program_id = ANY (ARRAY (SELECT program_id FROM programs WHERE $1 = ANY (coordinators)))")
    return f"({' OR '.join(ways) or 'false AND $1::text IS NOT NULL'})"


async def begin(tx: Tx, new: Relationship) -> bool:
    """Keeps a new relationship; False if its match has started one before."""
    begun = await tx.fetchval(
        f"INSERT INTO relationships ({_COLUMNS})"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING RETURNING id",
        new.id,
        new.match_id,
        new.program_id,
        new.mentee_id,
        new.mentor_id,
        new.starts_on,
        new.ends_on,
        new.cadence.model_dump(mode="json"),
        new.started_at,
        new.agreement_due_at,
        new.closes_at,
        new.signed_at,
        new.closed_at,
        new.reason,
    )
    return begun is not None


async def lock(tx: Tx, relationship_id: RelationshipId) -> Relationship:
    """The relationship, for this transaction alone."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM relationships WHERE id = $1 FOR UPDATE", relationship_id)
    return _found(row)


async def find_of_match(tx: Tx, match_id: MatchId) -> Relationship | None:
    """The relationship that grew from a match, if there is one, for this transaction alone."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM relationships WHERE match_id = $1 FOR UPDATE", match_id)
    return _relationship(row) if row else None


async def lock_own(tx: Tx, relationship_id: RelationshipId, person_id: PersonId) -> Relationship:
    """The relationship of somebody who is one of the pair."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM relationships WHERE id = $1 AND $2 IN (mentee_id, mentor_id) FOR UPDATE",
        relationship_id,
        person_id,
    )
    return _found(row)


async def lock_by_meeting(tx: Tx, meeting_id: MeetingId, person_id: PersonId) -> Relationship:
    """The relationship that a meeting belongs to, if the person is one of the pair."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM relationships WHERE id = (SELECT relationship_id FROM meetings WHERE id = $1)"
        " AND $2 IN (mentee_id, mentor_id) FOR UPDATE",
        meeting_id,
        person_id,
    )
    if row is None:
        raise NoSuchMeeting("there is no such meeting")
    return _relationship(row)


async def lock_by_checkin(tx: Tx, checkin_id: CheckinId, *, of: PersonId | None = None) -> Relationship:
    """The relationship that a check-in belongs to; with `of` only if it is that person's check-in."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM relationships WHERE id = ("
        "   SELECT relationship_id FROM checkins WHERE id = $1 AND ($2::text IS NULL OR person_id = $2)"
        " ) FOR UPDATE",
        checkin_id,
        of,
    )
    if row is None:
        raise NoSuchCheckin("there is no such check-in")
    return _relationship(row)


async def save(tx: Tx, changed: Relationship) -> None:
    """Keeps what can change: the end, the signature, the closing."""
    await tx.execute(
        "UPDATE relationships SET ends_on = $2, closes_at = $3, signed_at = $4, closed_at = $5, reason = $6"
        " WHERE id = $1",
        changed.id,
        changed.ends_on,
        changed.closes_at,
        changed.signed_at,
        changed.closed_at,
        changed.reason,
    )


async def lock_running_of(tx: Tx, person_ids: Sequence[PersonId]) -> list[Relationship]:
    """The running relationships of these people, always locked in the same order."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM relationships WHERE closed_at IS NULL"
        " AND (mentee_id = ANY($1) OR mentor_id = ANY($1)) ORDER BY id FOR UPDATE",
        list(person_ids),
    )
    return [_relationship(row) for row in rows]


async def visible(tx: Tx, relationship_id: RelationshipId, viewer: Viewer) -> Relationship:
    """The relationship, if the viewer may see it."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM relationships WHERE {_seen_by(viewer)} AND id = $2",
        viewer.person_id,
        relationship_id,
    )
    return _found(row)


async def list_visible(
    tx: Tx,
    viewer: Viewer,
    *,
    running: bool | None,
    program_id: ProgramId | None,
    before: tuple[datetime, RelationshipId] | None,
    limit: int,
) -> list[Relationship]:
    """What the viewer may see, newest first, from behind the last one of the page before."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM relationships WHERE {_seen_by(viewer)}"
        " AND ($2::boolean IS NULL OR (closed_at IS NULL) = $2) AND ($3::uuid IS NULL OR program_id = $3)"
        " AND ($4::timestamptz IS NULL OR (started_at, id) < ($4, $5::uuid))"
        " ORDER BY started_at DESC, id DESC LIMIT $6",
        viewer.person_id,
        running,
        program_id,
        *(before or (None, None)),
        limit,
    )
    return [_relationship(row) for row in rows]


def _found(row: asyncpg.Record | None) -> Relationship:
    if row is None:
        raise NoSuchRelationship("there is no such relationship")
    return _relationship(row)


def _relationship(row: asyncpg.Record) -> Relationship:
    values = dict(row)
    return Relationship(**values | {"cadence": Cadence.model_validate(values["cadence"])})
