"""Letters, as the handlers and the API see them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from contracts.event import PersonId
from services.notifications.domain.letter import OPEN, Letter
from services.notifications.store.rows import COLUMNS, PLACES, to_letter, to_row

_OPEN = f"status IN ({', '.join(repr(str(status)) for status in OPEN)})"


async def add(tx: Tx, letters: Sequence[Letter]) -> list[Letter]:
    """Writes those that are not there yet; gives these."""
    added = []
    for letter in letters:
        found = await tx.fetchval(
            f"INSERT INTO letters ({COLUMNS}) VALUES ({PLACES}) ON CONFLICT DO NOTHING RETURNING letter_id",
            *to_row(letter),
        )
        if found:
            added.append(letter)
    return added


async def save(tx: Tx, letters: Sequence[Letter]) -> None:
    """Keeps what became of them."""
    await tx.executemany(
        """
        UPDATE letters SET status = $2, send_at = $3, budgeted = $4, reason = $5, attempts = $6,
            first_tried_at = $7, done_at = $8, language = $9, subject = $10, confirmed = $11, digest_id = $12
        WHERE letter_id = $1
        """,
        [
            (
                *(each.id, each.status, each.send_at, each.budgeted, each.reason, each.attempts),
                *(each.first_tried_at, each.done_at, each.language, each.subject, each.confirmed),
                each.digest_id,
            )
            for each in letters
        ],
    )


async def lock_open_of_matter(tx: Tx, matter: str, *, person_ids: Collection[PersonId] | None) -> list[Letter]:
    """Letters about a matter that have not gone out, to these people or (None) to anybody."""
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM letters WHERE matter = $1 AND {_OPEN}"
        " AND ($2::text[] IS NULL OR person_id = ANY($2)) ORDER BY letter_id FOR UPDATE",
        matter,
        None if person_ids is None else list(person_ids),
    )
    return [to_letter(row) for row in rows]


async def lock_open_of_story(tx: Tx, story: UUID) -> list[Letter]:
    """Letters about a match or a relationship that have not gone out."""
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM letters WHERE story = $1 AND {_OPEN} ORDER BY letter_id FOR UPDATE", story
    )
    return [to_letter(row) for row in rows]


async def lock_open_touched_by(tx: Tx, person_ids: Collection[PersonId]) -> list[Letter]:
    """Open letters to these people, and those that only wait for one of their names."""
    rows = await tx.fetch(
        f"SELECT letter_id FROM letters WHERE person_id = ANY($1::text[]) AND {_OPEN}"
        " UNION SELECT letter_id FROM letters WHERE partner_id = ANY($1::text[]) AND status = 'unaddressed'",
        list(person_ids),
    )
    return await lock(tx, [row["letter_id"] for row in rows])


async def lock(tx: Tx, letter_ids: Collection[UUID]) -> list[Letter]:
    """These letters, as far as they are still open."""
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM letters WHERE letter_id = ANY($1::uuid[]) AND {_OPEN} ORDER BY letter_id FOR UPDATE",
        list(letter_ids),
    )
    return [to_letter(row) for row in rows]


async def told_of_meeting(tx: Tx, matter: str) -> dict[PersonId, datetime]:
    """When a meeting begins as far as each person has been told: by their last letter that went out."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (person_id) person_id, void_at FROM letters"
        " WHERE matter = $1 AND status IN ('sending', 'sent')"
        " ORDER BY person_id, (facts->>'revision')::integer DESC",
        matter,
    )
    return {row["person_id"]: row["void_at"] for row in rows}


async def page_of(tx: Tx, person_id: PersonId, *, before: tuple[datetime, UUID] | None, limit: int) -> list[Letter]:
    """A person's letters, the latest first."""
    at, letter_id = before or (None, None)
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM letters WHERE person_id = $1"
        " AND ($2::timestamptz IS NULL OR (planned_at, letter_id) < ($2, $3::uuid))"
        " ORDER BY planned_at DESC, letter_id DESC LIMIT $4",
        person_id,
        at,
        letter_id,
        limit,
    )
    return [to_letter(row) for row in rows]
