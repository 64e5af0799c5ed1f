"""Pairs of a program that a coordinator decided."""

from collections.abc import Collection

import asyncpg

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.domain.ruling import Ruling, Verdict


async def put(tx: Tx, program_id: ProgramId, ruling: Ruling) -> None:
    """Saves a decision about a pair in place of the one there was."""
    await tx.execute(
        """
        INSERT INTO rulings (program_id, mentee_id, mentor_id, verdict, ruled_by, ruled_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (program_id, mentee_id, mentor_id) DO UPDATE SET
            verdict = excluded.verdict, ruled_by = excluded.ruled_by, ruled_at = excluded.ruled_at
        """,
        program_id,
        ruling.mentee_id,
        ruling.mentor_id,
        ruling.verdict,
        ruling.ruled_by,
        ruling.ruled_at,
    )


async def remove(tx: Tx, program_id: ProgramId, mentee_id: PersonId, mentor_id: PersonId) -> None:
    """Forgets what was decided about a pair, if anything was."""
    await tx.execute(
        "DELETE FROM rulings WHERE program_id = $1 AND mentee_id = $2 AND mentor_id = $3",
        program_id,
        mentee_id,
        mentor_id,
    )


async def page(tx: Tx, program_id: ProgramId, *, after: tuple[PersonId, PersonId] | None, limit: int) -> list[Ruling]:
    """The decisions of a program by mentee and mentor, after a given pair."""
    rows = await tx.fetch(
        """
        SELECT mentee_id, mentor_id, verdict, ruled_by, ruled_at FROM rulings
        WHERE program_id = $1 AND ($2::text IS NULL OR (mentee_id, mentor_id) > ($2, $3))
        ORDER BY mentee_id, mentor_id LIMIT $4
        """,
        program_id,
        *(after or (None, None)),
        limit,
    )
    return [_ruling(row) for row in rows]


async def pairs(
    tx: Tx, program_id: ProgramId, verdict: Verdict, *, mentees: Collection[PersonId] | None = None
) -> set[tuple[PersonId, PersonId]]:
    """The pairs (mentee, mentor) of a program about which this was decided; of these mentees alone, if given."""
    rows = await tx.fetch(
        """
        SELECT mentee_id, mentor_id FROM rulings
        WHERE program_id = $1 AND verdict = $2 AND ($3::text[] IS NULL OR mentee_id = ANY($3))
        """,
        program_id,
        verdict,
        None if mentees is None else list(mentees),
    )
    return {(row["mentee_id"], row["mentor_id"]) for row in rows}


def _ruling(row: asyncpg.Record) -> Ruling:
    return Ruling(**{**dict(row), "verdict": Verdict(row["verdict"])})
