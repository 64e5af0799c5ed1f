"""What people and programs ask for: subscribe, change, pause, resume, replay, new secrets, a test."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from chassis.db import Tx
from chassis.envelope import new_id
from chassis.errors import Invalid, NotFound
from contracts.event import in_utc
from services.webhooks.domain import subscription as domain
from services.webhooks.domain.keeping import KEPT
from services.webhooks.domain.message import TEST_TYPE
from services.webhooks.domain.subscription import CannotTest, State, Subscription
from services.webhooks.handlers.delivering import DELIVERIES
from services.webhooks.store import events, lanes, receivers, subscriptions
from services.webhooks.store.subscriptions import Secret


async def find(tx: Tx, subscription_id: UUID, *, by: str | None) -> Subscription:
    """The subscription, if there is one that they may see."""
    return _there(await subscriptions.find(tx, subscription_id, by=by), subscription_id)


async def lock(tx: Tx, subscription_id: UUID, *, by: str | None) -> Subscription:
    """The same, to change it."""
    return _there(await subscriptions.lock(tx, subscription_id, by=by), subscription_id)


async def subscribe(tx: Tx, subscription: Subscription, *, sealed: bytes) -> None:
    """Sends it what it wants from now on."""
    await subscriptions.add(tx, subscription)
    await subscriptions.add_secret(tx, _secret(subscription, sealed, now=subscription.created_at))


async def save(tx: Tx, before: Subscription, after: Subscription, *, now: datetime) -> None:
    """Keeps a change. A receiver at another address has nothing held against it."""
    if after == before:
        return
    await subscriptions.save(tx, after)
    if after.url != before.url:
        await _start_over(tx, after.id, now=now)


async def pause(tx: Tx, subscription_id: UUID, *, by: str | None, now: datetime) -> Subscription:
    """Sends nothing and keeps everything."""
    subscription = await lock(tx, subscription_id, by=by)
    paused = domain.pause(subscription, "asked", now=now)
    await save(tx, subscription, paused, now=now)
    return paused


async def resume(tx: Tx, subscription_id: UUID, *, by: str | None, now: datetime) -> Subscription:
    """Sends what was kept, then what happens next."""
    subscription = await lock(tx, subscription_id, by=by)
    resumed = domain.resume(subscription)
    if resumed != subscription:
        await save(tx, subscription, resumed, now=now)
        await _start_over(tx, subscription_id, now=now)
    return resumed


async def replay(tx: Tx, subscription_id: UUID, *, since: datetime, by: str | None, now: datetime) -> int:
    """Sends again whatever was told since that instant; gives how many events come on top of those that wait."""
    await lock(tx, subscription_id, by=by)
    if since < now - KEPT:
        earliest = in_utc((now - KEPT).replace(microsecond=0))
        raise Invalid(f"events are kept for {KEPT.days} days; give {earliest} or later", field="from")
    if since > now:
        raise Invalid("nothing was told yet after that instant; give one that has passed", field="from")
    queued = await events.replay(tx, subscription_id, since=since, now=now)
    tx.after_commit(DELIVERIES)
    return queued


async def add_secret(
    tx: Tx, subscription_id: UUID, *, sealed: bytes, overlap: timedelta, by: str | None, now: datetime
) -> Secret:
    """Signs with a new secret, and for the overlap with the one before as well."""
    subscription = await lock(tx, subscription_id, by=by)
    await subscriptions.retire_secrets(tx, subscription_id, until=now + overlap)
    secret = _secret(subscription, sealed, now=now)
    await subscriptions.add_secret(tx, secret)
    return secret


async def test(tx: Tx, subscription_id: UUID, *, by: str | None, now: datetime) -> UUID:
    """Sends an event that says it is a test, on the way that all take; gives its id."""
    subscription = await lock(tx, subscription_id, by=by)
    if subscription.state is State.PAUSED:
        raise CannotTest(CannotTest.__doc__)
    event_id = new_id()
    data = json.dumps({"subscription_id": str(subscription_id), "note": "This is a test. Nothing has happened."})
    await events.keep_test(tx, subscription_id, event_id=event_id, type=TEST_TYPE, data=data, now=now)
    tx.after_commit(DELIVERIES)
    return event_id


async def _start_over(tx: Tx, subscription_id: UUID, *, now: datetime) -> None:
    await lanes.start_over(tx, subscription_id, now)
    await receivers.start_over(tx, subscription_id)
    tx.after_commit(DELIVERIES)


def _secret(subscription: Subscription, sealed: bytes, *, now: datetime) -> Secret:
    return Secret(new_id(), subscription.id, sealed, now, None)


def _there(found: Subscription | None, subscription_id: UUID) -> Subscription:
    if found is None:
        raise NotFound(f"there is no subscription {subscription_id} that you may see")
    return found
