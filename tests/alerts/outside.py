"""Faults on the way out: receivers of webhooks, and an outbox that somebody has touched."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg

from deploy.local.children import free_port
from tests.alerts.stage import Stage
from tests.receivers import a_receiver
from tests.waiting import eventually

PERSON = "p-00003"
OVERDUE = timedelta(minutes=30)


@asynccontextmanager
async def subscribed(stage: Stage, urls: Sequence[str]) -> AsyncIterator[None]:
    """Has every event sent there until the end of the block."""
    administrator = ("adm-1", "administrator", "webhooks")
    made = []
    for url in urls:
        wish = {"url": url, "owner_id": PERSON, "per_second": 50}
        made.append(await stage.api.post(*administrator, "/v1/subscriptions", wish, about=f"events to {url}"))
    yield
    for each in made:
        await stage.api.delete(*administrator, f"/v1/subscriptions/{each['subscription_id']}")


@asynccontextmanager
async def receivers_are_away(stage: Stage) -> AsyncIterator[None]:
    """Nobody listens where two subscriptions lead, and a program is opened."""
    async with subscribed(stage, [f"http://127.0.0.1:{free_port()}/{name}" for name in ("one", "two")]):
        await stage.open_program()
        yield


@asynccontextmanager
async def receivers_are_locked(stage: Stage) -> AsyncIterator[None]:
    """Somebody has updated webhooks' receivers and not committed; a profile changes."""
    connection = await asyncpg.connect(stage.places["postgres"]["admin"])
    try:
        async with a_receiver() as receiver, subscribed(stage, [receiver.url]):
            await connection.execute("BEGIN; SELECT FROM webhooks.receivers FOR UPDATE")
            await stage.change_profile(PERSON)
            await eventually(lambda: stage.sql("SELECT FROM webhooks.lanes"), within=60)
            await stage.turn_clock(stage.now + OVERDUE)  # the test calendar stands still by itself
            yield
            await connection.execute("ROLLBACK")
            await eventually(lambda: receiver.taken)
    finally:
        await connection.close(timeout=5)


@asynccontextmanager
async def a_row_is_deleted(stage: Stage) -> AsyncIterator[None]:
    """Kafka is away, a profile changes, profiles' outbox is tidied up by hand. No mend brings that event back."""
    stage.stop("kafka")
    await stage.change_profile(PERSON)
    await stage.sql("DELETE FROM profiles.outbox WHERE key = $1", PERSON)
    stage.stop("profiles")  # its producer may hold the record still, and send it after all
    stage.start("kafka")
    stage.start("profiles")
    yield
