"""The delivery log."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.db import Tx
from services.webhooks.domain.fate import Kind

_COLUMNS = (
    "attempt_id, subscription_id, event_id, type, topic, key, attempt, at, outcome, status, milliseconds, next_at"
)


class Attempt(NamedTuple):
    """One request to a receiver and what came of it."""

    id: UUID
    subscription_id: UUID
    event_id: UUID
    type: str
    topic: str
    key: str
    attempt: int
    at: datetime
    outcome: Kind
    status: int | None
    milliseconds: int
    next_at: datetime | None


async def add(tx: Tx, attempt: Attempt) -> None:
    """One more line; none if the subscription was deleted while the request was under way."""
    await tx.execute(
        f"INSERT INTO attempts ({_COLUMNS})"
        " SELECT $1, subscription_id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM subscriptions"
        " WHERE subscription_id = $2 ON CONFLICT (attempt_id) DO NOTHING",
        *attempt,
    )


async def page_of(
    tx: Tx, subscription_id: UUID, *, event_id: UUID | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[Attempt]:
    """Attempts for a subscription, the latest first; only at one event, if that is asked."""
    at, last = before or (None, None)
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM attempts WHERE subscription_id = $1 AND ($2::uuid IS NULL OR event_id = $2)"
        " AND ($3::timestamptz IS NULL OR (at, attempt_id) < ($3, $4::uuid))"
        " ORDER BY at DESC, attempt_id DESC LIMIT $5",
        subscription_id,
        event_id,
        at,
        last,
        limit,
    )
    return [Attempt(*row) for row in rows]


async def forget(tx: Tx, *, before: datetime, limit: int) -> int:
    """Removes lines that are older than that; how many."""
    gone: int = await tx.fetchval(
        "WITH gone AS (DELETE FROM attempts WHERE attempt_id IN"
        " (SELECT attempt_id FROM attempts WHERE at < $1 ORDER BY at LIMIT $2) RETURNING 1) SELECT count(*) FROM gone",
        before,
        limit,
    )
    return gone
