"""Whose turn it is, what goes next, and what came of it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from chassis.db import Tx
from services.webhooks.domain.fate import Fate, Past
from services.webhooks.domain.message import Kept

_WELL = "r.failing_since IS NULL"
_BUSY = "SELECT count(*) FROM lanes b WHERE b.subscription_id = {} AND b.claimed_until > clock_timestamp()"
_SECONDS = "extract(epoch FROM clock_timestamp() - r.tokens_at)::double precision"
_TOKENS = f"least(s.per_second, r.tokens + s.per_second * {_SECONDS})"
_OPEN = "l.due_at <= $1 AND (l.claimed_until IS NULL OR l.claimed_until < clock_timestamp())"


class Turn(NamedTuple):
    """A receiver that something is due for, locked until the transaction ends."""

    subscription_id: UUID
    url: str
    well: bool
    """Whether it took what it was sent last, or was never sent anything."""
    most: int
    """How many requests may be under way to it: one, until it has taken something, and after it did not."""
    tokens: float


class Lane(NamedTuple):
    """A story of one subscription."""

    subscription_id: UUID
    topic: str
    key: str


class Claimed(NamedTuple):
    """The first delivery of a lane, ours until the lease ends."""

    lane: Lane
    attempts: int
    place: int
    kept: Kept


async def take_turn(tx: Tx, now: datetime, *, passed: Collection[UUID], at_once: int, doubtful: bool) -> Turn | None:
    """The receiver that has waited longest of those that something may be sent to; nobody waits for a rival's.

    `doubtful` says whether it may be one that did not take what it was sent last.
    """
    row = await tx.fetchrow(
        f"""
        SELECT r.subscription_id, s.url, {_WELL} AS well, most, {_TOKENS} AS tokens
        FROM receivers r JOIN subscriptions s USING (subscription_id)
            CROSS JOIN LATERAL (SELECT CASE WHEN r.proven AND {_WELL} THEN $4::integer ELSE 1 END AS most) AS m
        WHERE s.state = 'active' AND (r.rest_until IS NULL OR r.rest_until <= $1) AND ($3 OR ({_WELL}))
            AND r.subscription_id <> ALL($2::uuid[]) AND {_TOKENS} >= 1
            AND EXISTS (SELECT FROM lanes l WHERE l.subscription_id = r.subscription_id AND {_OPEN})
            AND ({_BUSY.format("r.subscription_id")}) < most
        ORDER BY r.served_at LIMIT 1 FOR NO KEY UPDATE OF r SKIP LOCKED
        """,
        now,
        list(passed),
        doubtful,
        at_once,
    )
    return Turn(*row) if row else None


async def claim(
    tx: Tx, subscription_id: UUID, now: datetime, *, most: int, at_once: int, lease: timedelta, claim_id: UUID
) -> list[Lane]:
    """Claims lanes of a receiver whose turn it is: up to `most`, and never more than `at_once` in all processes."""
    rows = await tx.fetch(
        f"""
        WITH picked AS (
            SELECT topic, key FROM lanes l WHERE subscription_id = $2 AND {_OPEN}
            ORDER BY due_at, topic, key LIMIT greatest(0, least($3::bigint, $4::bigint - ({_BUSY.format("$2")})))
            FOR UPDATE SKIP LOCKED
        )
        UPDATE lanes SET claim = $5, claimed_until = clock_timestamp() + $6::interval
        FROM picked WHERE subscription_id = $2 AND lanes.topic = picked.topic AND lanes.key = picked.key
        RETURNING lanes.subscription_id, lanes.topic, lanes.key
        """,
        now,
        subscription_id,
        most,
        at_once,
        claim_id,
        lease,
    )
    return [Lane(*row) for row in rows]


async def end_turn(tx: Tx, subscription_id: UUID, *, spent: int) -> None:
    """Puts the receiver at the end of the queue, and takes what it was sent off its allowance."""
    await tx.execute(
        f"UPDATE receivers r SET served_at = clock_timestamp(), tokens = {_TOKENS} - $2, tokens_at = clock_timestamp()"
        " FROM subscriptions s WHERE s.subscription_id = r.subscription_id AND r.subscription_id = $1",
        subscription_id,
        spent,
    )


async def heads(tx: Tx, subscription_id: UUID, claim_id: UUID) -> list[Claimed]:
    """The first delivery of each lane just claimed."""
    rows = await tx.fetch(
        """
        SELECT l.topic, l.key, l.attempts, e.place, e.event_id, e.type, e.sequence, e.told_at, e.data
        FROM lanes l CROSS JOIN LATERAL (
            SELECT place FROM deliveries d
            WHERE d.subscription_id = l.subscription_id AND d.topic = l.topic AND d.key = l.key
            ORDER BY place LIMIT 1
        ) first JOIN events e USING (place)
        WHERE l.subscription_id = $1 AND l.claim = $2
        """,
        subscription_id,
        claim_id,
    )
    return [_claimed(subscription_id, row) for row in rows]


async def drop_empty(tx: Tx, subscription_id: UUID, claim_id: UUID) -> None:
    """Ends lanes just claimed of which everything was forgotten meanwhile."""
    await tx.execute(
        "DELETE FROM lanes l WHERE subscription_id = $1 AND claim = $2 AND NOT EXISTS (SELECT FROM deliveries d"
        " WHERE d.subscription_id = l.subscription_id AND d.topic = l.topic AND d.key = l.key)",
        subscription_id,
        claim_id,
    )


async def lock_claimed(tx: Tx, lane: Lane, claim_id: UUID, now: datetime) -> Past | None:
    """What went before, if the claim is still ours; None once the lease was lost to somebody else."""
    row = await tx.fetchrow(
        """
        SELECT l.attempts, l.first_failed_at, r.failing_since, r.failures,
            (r.failed_topic, r.failed_key) IS NOT DISTINCT FROM (l.topic, l.key) AS same_story,
            coalesce(r.rest_until > $5, false) AS resting
        FROM lanes l JOIN receivers r USING (subscription_id)
        WHERE l.subscription_id = $1 AND l.topic = $2 AND l.key = $3 AND l.claim = $4 FOR UPDATE OF l
        """,
        *lane,
        claim_id,
        now,
    )
    return Past(**row) if row else None


async def take_off(tx: Tx, lane: Lane, place: int) -> None:
    """Ends a delivery that was taken, unless a replay has put something before it: then it goes again, in its turn."""
    await tx.execute(
        "DELETE FROM deliveries d WHERE subscription_id = $1 AND topic = $2 AND key = $3 AND place = $4"
        " AND NOT EXISTS (SELECT FROM deliveries o WHERE o.subscription_id = $1 AND o.topic = $2 AND o.key = $3"
        " AND o.place < $4)",
        *lane,
        place,
    )


async def move_on(tx: Tx, lane: Lane, now: datetime) -> None:
    """Ends the lane, or lets its next delivery go."""
    ended = await tx.execute(
        "DELETE FROM lanes WHERE subscription_id = $1 AND topic = $2 AND key = $3 AND NOT EXISTS"
        " (SELECT FROM deliveries WHERE subscription_id = $1 AND topic = $2 AND key = $3)",
        *lane,
    )
    if ended == "DELETE 0":
        await release(tx, [lane], now)


async def release(tx: Tx, lanes: Sequence[Lane], now: datetime) -> None:
    """Lets the first delivery of these lanes go, as if it had never been tried."""
    await tx.executemany(
        "UPDATE lanes SET due_at = $4, attempts = 0, first_failed_at = NULL, claim = NULL, claimed_until = NULL"
        " WHERE subscription_id = $1 AND topic = $2 AND key = $3",
        [(*lane, now) for lane in lanes],
    )


async def put_off(tx: Tx, lane: Lane, fate: Fate) -> None:
    """Tries the same delivery again when it is due."""
    await tx.execute(
        "UPDATE lanes SET due_at = $4, attempts = attempts + 1, first_failed_at = $5, claim = NULL,"
        " claimed_until = NULL WHERE subscription_id = $1 AND topic = $2 AND key = $3",
        *lane,
        fate.due_at,
        fate.first_failed_at,
    )


async def start_over(tx: Tx, subscription_id: UUID, now: datetime) -> None:
    """Everything that waits is due now, and what failed before is forgotten."""
    await tx.execute(
        "UPDATE lanes SET due_at = least(due_at, $2), attempts = 0, first_failed_at = NULL WHERE subscription_id = $1",
        subscription_id,
        now,
    )


def _claimed(subscription_id: UUID, row: Any) -> Claimed:
    kept = Kept(
        id=row["event_id"],
        type=row["type"],
        topic=row["topic"],
        key=row["key"],
        sequence=row["sequence"],
        told_at=row["told_at"],
        data=row["data"],
    )
    return Claimed(Lane(subscription_id, row["topic"], row["key"]), row["attempts"], row["place"], kept)
