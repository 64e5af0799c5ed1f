"""Ranks and refusals of mentees."""

from collections.abc import Collection

import asyncpg

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.domain.choice import Choice


async def put(tx: Tx, program_id: ProgramId, choice: Choice) -> None:
    """Saves a choice in place of the one there was."""
    await tx.execute(
        """
        INSERT INTO choices (program_id, mentee_id, mentor_id, rank, chosen_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (program_id, mentee_id, mentor_id) DO UPDATE SET
            rank = excluded.rank, chosen_at = excluded.chosen_at
        """,
        program_id,
        choice.mentee_id,
        choice.mentor_id,
        choice.rank,
        choice.chosen_at,
    )


async def remove(tx: Tx, program_id: ProgramId, mentee_id: PersonId, mentor_id: PersonId) -> None:
    """Forgets what a mentee said of a mentor, if they said anything."""
    await tx.execute(
        "DELETE FROM choices WHERE program_id = $1 AND mentee_id = $2 AND mentor_id = $3",
        program_id,
        mentee_id,
        mentor_id,
    )


async def of(tx: Tx, program_id: ProgramId, *, mentees: Collection[PersonId] | None = None) -> list[Choice]:
    """All choices of a program; of these mentees alone, if given."""
    rows = await tx.fetch(
        """
        SELECT mentee_id, mentor_id, rank, chosen_at FROM choices
        WHERE program_id = $1 AND ($2::text[] IS NULL OR mentee_id = ANY($2))
        """,
        program_id,
        None if mentees is None else list(mentees),
    )
    return [_choice(row) for row in rows]


async def page(
    tx: Tx, program_id: ProgramId, mentee_id: PersonId, *, after: PersonId | None, limit: int
) -> list[Choice]:
    """A mentee's choices by mentor, after a given one."""
    rows = await tx.fetch(
        """
        SELECT mentee_id, mentor_id, rank, chosen_at FROM choices
        WHERE program_id = $1 AND mentee_id = $2 AND ($3::text IS NULL OR mentor_id > $3)
        ORDER BY mentor_id LIMIT $4
        """,
        program_id,
        mentee_id,
        after,
        limit,
    )
    return [_choice(row) for row in rows]


def _choice(row: asyncpg.Record) -> Choice:
    return Choice(**dict(row))
