"""Private notes: kept apart, read only by those they were addressed to."""

from dataclasses import dataclass
from datetime import datetime

from chassis.db import Tx
from contracts.engagement import CheckinId, RelationshipId
from contracts.event import PersonId


@dataclass(frozen=True)
class Note:
    """What somebody said privately in a check-in."""

    checkin_id: CheckinId
    person_id: PersonId
    body: str
    written_at: datetime


async def keep_note(tx: Tx, relationship_id: RelationshipId, note: Note, *, addressed_to: tuple[PersonId, ...]) -> None:
    """Keeps a note for the people it is addressed to."""
    await tx.execute(
        "INSERT INTO private_notes (checkin_id, relationship_id, person_id, body, addressed_to, written_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        note.checkin_id,
        relationship_id,
        note.person_id,
        note.body,
        list(addressed_to),
        note.written_at,
    )


async def notes_for(tx: Tx, relationship_id: RelationshipId, reader: PersonId) -> list[Note]:
    """The notes in a pair that were addressed to this reader, who still coordinates its program."""
    rows = await tx.fetch(
        "SELECT checkin_id, person_id, body, written_at FROM private_notes WHERE relationship_id = $1"
        " AND $2 = ANY (addressed_to) AND EXISTS ("
        "   SELECT FROM relationships JOIN programs USING (program_id)"
        "   WHERE relationships.id = $1 AND $2 = ANY (programs.coordinators)"
        " ) ORDER BY written_at",
        relationship_id,
        reader,
    )
    return [Note(**dict(row)) for row in rows]
