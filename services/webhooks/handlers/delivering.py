"""The courier's transactions: before a receiver is asked, and after."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis import outbox
from chassis.db import Tx
from services.webhooks.domain.fate import Fate, Outcome, after_failure
from services.webhooks.domain.subscription import State, note_to_owner, pause
from services.webhooks.store import attempts, lanes, receivers, subscriptions
from services.webhooks.store.attempts import Attempt
from services.webhooks.store.lanes import Claimed, Turn

DELIVERIES = "deliveries"
"""The job that sends what is due."""


@dataclass(frozen=True)
class Load:
    """What one turn of a receiver gives to send."""

    turn: Turn
    claim_id: UUID
    claimed: list[Claimed]
    sealed: list[bytes]
    """Its secrets that are valid now."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One attempt."""

    id: UUID
    claim_id: UUID
    outcome: Outcome
    milliseconds: int
    receiver: str
    luck: float


async def take_turn(
    tx: Tx,
    *,
    passed: Collection[UUID],
    doubtful: bool,
    most: int,
    at_once: int,
    lease: timedelta,
    claim_id: UUID,
    now: datetime,
) -> Load | None:
    """Claims what may be sent to the receiver whose turn it is; None if there is none besides those passed over."""
    turn = await lanes.take_turn(tx, now, passed=passed, at_once=at_once, doubtful=doubtful)
    if turn is None:
        return None
    claimed = await lanes.claim(
        tx,
        turn.subscription_id,
        now,
        most=min(most, int(turn.tokens)),
        at_once=turn.most,
        lease=lease,
        claim_id=claim_id,
    )
    await lanes.end_turn(tx, turn.subscription_id, spent=len(claimed))
    first = await lanes.heads(tx, turn.subscription_id, claim_id) if claimed else []
    if len(first) < len(claimed):
        await lanes.drop_empty(tx, turn.subscription_id, claim_id)
    secrets = await subscriptions.secrets_of(tx, [turn.subscription_id], now=now) if first else []
    return Load(turn, claim_id, first, [each.sealed for each in secrets])


async def keep_outcome(tx: Tx, claimed: Claimed, tried: Tried, *, now: datetime) -> None:
    """Keeps what came of an attempt. Without our claim somebody else is at it: then only the log grows."""
    lane = claimed.lane
    past = await lanes.lock_claimed(tx, lane, tried.claim_id, now)
    fate: Fate | None = None
    if past and tried.outcome.kind == "taken":
        await lanes.take_off(tx, lane, claimed.place)
        await lanes.move_on(tx, lane, now)
        await receivers.did_well(tx, lane.subscription_id)
    elif past:
        fate = after_failure(past, tried.outcome, now=now, luck=tried.luck)
        await lanes.put_off(tx, lane, fate)
        await receivers.did_badly(tx, lane.subscription_id, fate, topic=lane.topic, key=lane.key)
        await _pause_if_hopeless(tx, lane.subscription_id, fate, tried.receiver, now=now)
    await attempts.add(tx, _line(claimed, tried, fate, now=now))
    tx.after_commit(DELIVERIES)


async def _pause_if_hopeless(tx: Tx, subscription_id: UUID, fate: Fate, receiver: str, *, now: datetime) -> None:
    if fate.pause is None:
        return
    subscription = await subscriptions.lock(tx, subscription_id, by=None)
    if subscription is None or subscription.state is State.PAUSED:
        return
    since = min(fate.first_failed_at, fate.failing_since)
    await subscriptions.save(tx, pause(subscription, fate.pause, now=now))
    await outbox.tell(tx, [note_to_owner(subscription, fate.pause, receiver=receiver, since=since)], now=now)


def _line(claimed: Claimed, tried: Tried, fate: Fate | None, *, now: datetime) -> Attempt:
    return Attempt(
        id=tried.id,
        subscription_id=claimed.lane.subscription_id,
        event_id=claimed.kept.id,
        type=claimed.kept.type,
        topic=claimed.lane.topic,
        key=claimed.lane.key,
        attempt=claimed.attempts + 1,
        at=now,
        outcome=tried.outcome.kind,
        status=tried.outcome.status,
        milliseconds=tried.milliseconds,
        next_at=fate.due_at if fate and not fate.pause else None,
    )
