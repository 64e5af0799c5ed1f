"""Subscriptions and their secrets."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from chassis.db import Tx
from services.webhooks.domain.subscription import State, Subscription, Wanted

_COLUMNS = """
    subscription_id, url, event_types, program_ids, person_ids, subjects, owner_id, description, per_second,
    created_by, created_at, state, paused_reason, paused_at, version
"""
_WHOSE = "($1::text IS NULL OR created_by = $1)"


class Secret(NamedTuple):
    """A signing secret as it is kept: sealed."""

    id: UUID
    subscription_id: UUID
    sealed: bytes
    created_at: datetime
    valid_until: datetime | None


async def add(tx: Tx, subscription: Subscription) -> None:
    """A new subscription, and the row that says how its receiver is doing."""
    await tx.execute(
        f"WITH made AS (INSERT INTO subscriptions ({_COLUMNS})"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        " RETURNING subscription_id, per_second)"
        " INSERT INTO receivers (subscription_id, tokens) SELECT subscription_id, per_second FROM made",
        *_row(subscription),
    )


async def find(tx: Tx, subscription_id: UUID, *, by: str | None) -> Subscription | None:
    """The subscription; with `by` only if they made it."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM subscriptions WHERE {_WHOSE} AND subscription_id = $2", by, subscription_id
    )
    return _subscription(row) if row else None


async def lock(tx: Tx, subscription_id: UUID, *, by: str | None) -> Subscription | None:
    """The same, until the transaction ends nobody else's to change."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM subscriptions WHERE {_WHOSE} AND subscription_id = $2 FOR NO KEY UPDATE",
        by,
        subscription_id,
    )
    return _subscription(row) if row else None


async def page_of(tx: Tx, *, by: str | None, before: tuple[datetime, UUID] | None, limit: int) -> list[Subscription]:
    """Subscriptions, the latest first; with `by` only theirs."""
    at, last = before or (None, None)
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM subscriptions"
        f" WHERE {_WHOSE} AND ($2::timestamptz IS NULL OR (created_at, subscription_id) < ($2, $3::uuid))"
        " ORDER BY created_at DESC, subscription_id DESC LIMIT $4",
        by,
        at,
        last,
        limit,
    )
    return [_subscription(row) for row in rows]


async def save(tx: Tx, subscription: Subscription) -> None:
    """The subscription as it is now."""
    await tx.execute(
        f"UPDATE subscriptions SET ({_COLUMNS}) = ROW($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        " WHERE subscription_id = $1",
        *_row(subscription),
    )


async def remove(tx: Tx, subscription_id: UUID) -> None:
    """The subscription, its secrets, its backlog and its log."""
    await tx.execute("DELETE FROM subscriptions WHERE subscription_id = $1", subscription_id)


async def add_secret(tx: Tx, secret: Secret) -> None:
    """A secret that signs from now on."""
    await tx.execute(
        "INSERT INTO secrets (secret_id, subscription_id, sealed, created_at, valid_until) VALUES ($1, $2, $3, $4, $5)",
        *secret,
    )


async def retire_secrets(tx: Tx, subscription_id: UUID, *, until: datetime) -> None:
    """Gives the current secret an end, and the one before it no more time: two are valid at most."""
    await tx.execute(
        "WITH old AS (DELETE FROM secrets WHERE subscription_id = $1 AND valid_until IS NOT NULL)"
        " UPDATE secrets SET valid_until = $2 WHERE subscription_id = $1 AND valid_until IS NULL",
        subscription_id,
        until,
    )


async def secrets_of(tx: Tx, subscription_ids: Sequence[UUID], *, now: datetime) -> list[Secret]:
    """Those that are valid now, the current one of each first."""
    rows = await tx.fetch(
        "SELECT secret_id, subscription_id, sealed, created_at, valid_until FROM secrets"
        " WHERE subscription_id = ANY($1::uuid[]) AND (valid_until IS NULL OR valid_until > $2)"
        " ORDER BY created_at DESC, secret_id DESC",
        list(subscription_ids),
        now,
    )
    return [Secret(*row) for row in rows]


def _row(each: Subscription) -> tuple[object, ...]:
    wanted = each.wanted
    filters = (list(wanted.event_types), list(wanted.program_ids), list(wanted.person_ids), list(wanted.subjects))
    who = (each.owner_id, each.description, each.per_second, each.created_by, each.created_at)
    return (each.id, each.url, *filters, *who, each.state, each.paused_reason, each.paused_at, each.version)


def _subscription(row: asyncpg.Record) -> Subscription:
    return Subscription(
        id=row["subscription_id"],
        wanted=Wanted(
            event_types=tuple(row["event_types"]),
            program_ids=tuple(row["program_ids"]),
            person_ids=tuple(row["person_ids"]),
            subjects=tuple(row["subjects"]),
        ),
        state=State(row["state"]),
        **{name: row[name] for name in _SAME_NAME},
    )


_SAME_NAME = (
    *("url", "owner_id", "description", "per_second", "created_by", "created_at"),
    *("paused_reason", "paused_at", "version"),
)
