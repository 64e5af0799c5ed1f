"""Letters as the sender sees them: due, about to be handed over, handed over."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.db import Tx
from contracts.event import PersonId
from services.notifications.domain.letter import Letter
from services.notifications.store.rows import COLUMNS, to_letter

_DUE = "status IN ('unaddressed', 'planned', 'waiting') AND send_at <= $1"


async def anything_to_do(connection: Any, now: datetime) -> bool:
    """Whether something is due, or was left in doubt."""
    found: bool = await connection.fetchval(
        f"SELECT EXISTS (SELECT FROM letters WHERE {_DUE}) OR EXISTS (SELECT FROM letters WHERE status = 'sending')",
        now,
    )
    return found


async def busy(tx: Tx, now: datetime) -> dict[str, int]:
    """How many letters are due and not done."""
    row = await tx.fetchrow(
        f"SELECT (SELECT count(*) FROM letters WHERE {_DUE}) AS due,"
        " (SELECT count(*) FROM letters WHERE status = 'sending') AS sending",
        now,
    )
    return dict(row) if row else {}


async def become_the_only_sender(connection: Any) -> bool:
    """Takes the lock that one sender holds at a time; it goes with the connection."""
    taken: bool = await connection.fetchval("SELECT pg_try_advisory_lock(hashtext('letters'), 1)")
    return taken


async def step_back(connection: Any) -> None:
    """Gives the lock back."""
    await connection.execute("SELECT pg_advisory_unlock(hashtext('letters'), 1)")


async def lock_due(tx: Tx, now: datetime, *, limit: int) -> list[Letter]:
    """Single letters whose time has come, the oldest first."""
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM letters WHERE status IN ('unaddressed', 'planned') AND send_at <= $1"
        " ORDER BY send_at, letter_id LIMIT $2 FOR UPDATE",
        now,
        limit,
    )
    return [to_letter(row) for row in rows]


async def lock_due_for_digest(tx: Tx, now: datetime, *, people: int) -> list[Letter]:
    """All that waits for the digest of this many people."""
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM letters WHERE status = 'waiting' AND send_at <= $1 AND person_id IN"
        " (SELECT person_id FROM letters WHERE status = 'waiting' AND send_at <= $1"
        "  GROUP BY person_id ORDER BY min(send_at), person_id LIMIT $2)"
        " ORDER BY letter_id FOR UPDATE",
        now,
        people,
    )
    return [to_letter(row) for row in rows]


async def lock_in_doubt(tx: Tx) -> list[Letter]:
    """Letters that a sender before us was handing over; lines of a digest come with it."""
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM letters WHERE status = 'sending' AND digest_id IS NULL ORDER BY letter_id FOR UPDATE"
    )
    return [to_letter(row) for row in rows]


async def lock_lines_of(tx: Tx, digest_ids: Collection[UUID]) -> list[Letter]:
    """What lies in these digests and has not been overtaken."""
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM letters WHERE digest_id = ANY($1::uuid[]) AND status IN ('collected', 'sending')"
        " ORDER BY letter_id FOR UPDATE",
        list(digest_ids),
    )
    return [to_letter(row) for row in rows]


async def spent(tx: Tx, person_ids: Collection[PersonId], *, now: datetime, window: timedelta) -> dict[PersonId, int]:
    """How many letters that count went to each of these people within the window."""
    rows = await tx.fetch(
        "SELECT person_id, count(*) AS count FROM letters WHERE person_id = ANY($1::text[])"
        " AND budgeted AND status = 'sent' AND done_at > $2 GROUP BY person_id",
        list(set(person_ids)),
        now - window,
    )
    return {row["person_id"]: row["count"] for row in rows}


async def mark_sending(connection: Any, letters: Sequence[Letter]) -> set[UUID]:
    """Writes down that these are about to be handed over; gives those that nothing has overtaken.

    Runs on the connection that holds the sender's lock, so that who lost the lock cannot hand anything over.
    """
    rows = await connection.fetch(
        """
        WITH marked AS (
            UPDATE letters SET status = 'sending', attempts = t.attempts, first_tried_at = t.first_tried_at,
                language = t.language, subject = t.subject
            FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::text[], $5::text[])
                AS t (id, attempts, first_tried_at, language, subject)
            WHERE letter_id = t.id AND status = 'planned'
            RETURNING letter_id
        ), lines AS (
            UPDATE letters SET status = 'sending'
            WHERE digest_id IN (SELECT letter_id FROM marked) AND status = 'collected'
        )
        SELECT letter_id FROM marked
        """,
        [each.id for each in letters],
        [each.attempts for each in letters],
        [each.first_tried_at for each in letters],
        [each.language for each in letters],
        [each.subject for each in letters],
    )
    return {row["letter_id"] for row in rows}
