"""Where mentees and pairs stand in a program: who is placed, who is being asked, who met before."""

from collections.abc import Collection

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import ProgramId


async def any_open(tx: Tx) -> bool:
    """Whether anything at all is undecided: a first import need not look further."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM matches WHERE state = 'proposed')"))


async def engaged(tx: Tx, program_id: ProgramId, *, mentee_id: PersonId | None = None) -> set[PersonId]:
    """Mentees of a program (or this one, if so) who have a mentor, or an offer that holds a seat for them."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT mentee_id FROM matches
        WHERE program_id = $1 AND ($2::text IS NULL OR mentee_id = $2)
            AND (state = 'accepted' OR state = 'proposed' AND origin <> 'request')
        """,
        program_id,
        mentee_id,
    )
    return {row["mentee_id"] for row in rows}


async def tried(
    tx: Tx, program_id: ProgramId, *, mentees: Collection[PersonId] | None = None
) -> set[tuple[PersonId, PersonId]]:
    """Pairs (mentee, mentor) that are not proposed (again): they met, said no, were silent, or are being asked.

    Of these mentees alone, if given.
    """
    rows = await tx.fetch(
        """
        SELECT mentee_id, mentor_id FROM matches
        WHERE program_id = $1 AND ($2::text[] IS NULL OR mentee_id = ANY($2))
            AND (state <> 'withdrawn' OR reason = 'by-coordinator')
        """,
        program_id,
        None if mentees is None else list(mentees),
    )
    return {(row["mentee_id"], row["mentor_id"]) for row in rows}


async def with_mentor(tx: Tx, program_id: ProgramId, mentees: Collection[PersonId]) -> set[PersonId]:
    """Those of them whose place in the program is taken."""
    rows = await tx.fetch(
        "SELECT mentee_id FROM matches WHERE program_id = $1 AND mentee_id = ANY($2) AND state = 'accepted'",
        program_id,
        list(mentees),
    )
    return {row["mentee_id"] for row in rows}


async def has_mentor(tx: Tx, program_id: ProgramId, mentee_id: PersonId) -> bool:
    """Whether this mentee's place in the program is taken."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM matches WHERE program_id = $1 AND mentee_id = $2 AND state = 'accepted')",
            program_id,
            mentee_id,
        )
    )


async def is_open(tx: Tx, program_id: ProgramId, mentee_id: PersonId, mentor_id: PersonId) -> bool:
    """Whether these two are being asked."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM matches"
            " WHERE program_id = $1 AND mentee_id = $2 AND mentor_id = $3 AND state = 'proposed')",
            program_id,
            mentee_id,
            mentor_id,
        )
    )


async def silent_in_a_row(tx: Tx, program_id: ProgramId, mentee_id: PersonId) -> int:
    """How many of our last offers in a row this mentee let lapse without a word."""
    rows = await tx.fetch(
        """
        SELECT state = 'lapsed' AND mentee_accepted_at IS NULL AS silent FROM matches
        WHERE program_id = $1 AND mentee_id = $2 AND origin <> 'request' ORDER BY proposed_at DESC, match_id DESC
        """,
        program_id,
        mentee_id,
    )
    answered = [place for place, row in enumerate(rows) if not row["silent"]]
    return answered[0] if answered else len(rows)
