"""Mentees for whom the next candidate is still to be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import MatchId, ProgramId
from services.matching.domain.match import Match


@dataclass(frozen=True, slots=True)
class Replacement:
    """After which offer, for whom, and to whose story it belongs."""

    match_id: MatchId
    program_id: ProgramId
    mentee_id: PersonId
    correlation_id: UUID


async def ask_for(tx: Tx, ended: Sequence[Match], *, now: datetime) -> None:
    """Asks for the next candidate after each of these offers."""
    await tx.executemany(
        """
        INSERT INTO replacements (match_id, program_id, mentee_id, asked_at, correlation_id)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
        """,
        [(m.match_id, m.program_id, m.mentee.person_id, now, tx.context.correlation_id) for m in ended],
    )


async def take(tx: Tx) -> Replacement | None:
    """The oldest one that nobody else is working on; it is gone with the commit."""
    row = await tx.fetchrow(
        """
        DELETE FROM replacements WHERE match_id = (
            SELECT match_id FROM replacements
            ORDER BY asked_at, mentee_id, program_id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING match_id, program_id, mentee_id, correlation_id
        """
    )
    return Replacement(**dict(row)) if row else None


async def count(tx: Tx) -> int:
    """How many are waiting."""
    waiting: int = await tx.fetchval("SELECT count(*) FROM replacements")
    return waiting
