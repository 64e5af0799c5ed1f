"""How receivers are doing."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.db import Tx
from services.webhooks.domain.fate import Fate


class Standing(NamedTuple):
    """How one receiver is doing."""

    subscription_id: UUID
    waiting: int
    """Events that are still to be sent."""
    failing_since: datetime | None
    next_try_at: datetime | None


async def standing(tx: Tx, subscription_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """By subscription."""
    rows = await tx.fetch(
        """
        SELECT r.subscription_id,
            (SELECT count(*) FROM deliveries d WHERE d.subscription_id = r.subscription_id) AS waiting,
            r.failing_since,
            greatest(r.rest_until, (SELECT min(l.due_at) FROM lanes l WHERE l.subscription_id = r.subscription_id))
                AS next_try_at
        FROM receivers r WHERE r.subscription_id = ANY($1::uuid[])
        """,
        list(subscription_ids),
    )
    return {row["subscription_id"]: Standing(*row) for row in rows}


async def did_well(tx: Tx, subscription_id: UUID) -> None:
    """It took something. Nearly always nothing is to be written."""
    await tx.execute(
        "UPDATE receivers SET proven = true, failing_since = NULL, failures = 0, failed_topic = NULL,"
        " failed_key = NULL, rest_until = NULL"
        " WHERE subscription_id = $1 AND (NOT proven OR failing_since IS NOT NULL)",
        subscription_id,
    )


async def did_badly(tx: Tx, subscription_id: UUID, fate: Fate, *, topic: str, key: str) -> None:
    """It did not."""
    await tx.execute(
        "UPDATE receivers SET failing_since = $2, failures = $3, rest_until = coalesce($4, rest_until),"
        " failed_topic = $5, failed_key = $6 WHERE subscription_id = $1",
        subscription_id,
        fate.failing_since,
        fate.failures,
        fate.rest_until,
        topic,
        key,
    )


async def start_over(tx: Tx, subscription_id: UUID) -> None:
    """Nothing is held against it any more; it has to prove itself anew."""
    await tx.execute(
        "UPDATE receivers SET proven = false, failing_since = NULL, failures = 0, failed_topic = NULL,"
        " failed_key = NULL, rest_until = NULL WHERE subscription_id = $1",
        subscription_id,
    )


async def due(tx: Tx, now: datetime) -> dict[str, int]:
    """How many deliveries could go now and have not, or are under way."""
    row = await tx.fetchrow(
        "SELECT count(*) AS deliveries FROM lanes l JOIN receivers r USING (subscription_id)"
        " JOIN subscriptions s USING (subscription_id) WHERE s.state = 'active' AND l.due_at <= $1"
        " AND (r.rest_until IS NULL OR r.rest_until <= $1)",
        now,
    )
    return dict(row) if row else {}


async def totals(tx: Tx, now: datetime) -> dict[str, float]:
    """For the gauges: what waits, how old what was heard first is, and how many receivers fail or are paused."""
    row = await tx.fetchrow(
        """
        SELECT (SELECT count(*) FROM deliveries) AS waiting,
            coalesce((SELECT extract(epoch FROM $1 - e.told_at)
                FROM deliveries d JOIN subscriptions s USING (subscription_id) JOIN events e USING (place)
                WHERE s.state = 'active' ORDER BY d.place LIMIT 1), 0)::double precision AS oldest,
            (SELECT coalesce(extract(epoch FROM max(least($1 - first.due_at, clock_timestamp() - r.served_at))), 0)
                ::double precision
                FROM receivers r JOIN subscriptions s USING (subscription_id) CROSS JOIN LATERAL (
                    SELECT due_at FROM lanes l WHERE l.subscription_id = r.subscription_id AND l.due_at <= $1
                        AND (l.claimed_until IS NULL OR l.claimed_until < clock_timestamp())
                    ORDER BY due_at LIMIT 1
                ) AS first
                WHERE s.state = 'active' AND r.failing_since IS NULL) AS turn_wait,
            (SELECT count(*) FROM receivers r JOIN subscriptions s USING (subscription_id)
                WHERE s.state = 'active' AND r.failing_since IS NOT NULL) AS failing,
            (SELECT count(*) FROM subscriptions WHERE state = 'paused') AS paused
        """,
        now,
    )
    return dict(row) if row else {}
