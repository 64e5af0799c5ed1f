"""One event that the broker never takes is set aside; those told before and after it arrive, in order."""

import asyncio
import secrets
from dataclasses import replace
from typing import ClassVar

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from chassis.outbox import tell
from chassis.relay import Relay
from chassis.wake import Bell
from contracts.event import Event
from contracts.topics import RUN, Topic
from tests.builders import a_service
from tests.system.reading import bodies_of
from tests.waiting import eventually

NARROW = replace(RUN, name=f"test.narrow-{secrets.token_hex(4)}", key="note_id")


class NoteWritten(Event):
    """Made for this test."""

    topic: ClassVar[Topic] = NARROW
    note_id: str
    number: int
    text: str = ""


@pytest.fixture
def narrow_topic(kafka):
    """Takes record batches of 2 000 bytes at most."""
    admin = AdminClient({"bootstrap.servers": kafka})
    topic = NewTopic(NARROW.name, num_partitions=1, config={"max.message.bytes": "2000"})
    admin.create_topics([topic])[NARROW.name].result(10)
    return kafka


async def test_the_relay_parks_what_the_broker_refuses_and_carries_the_rest_in_order(a_world, narrow_topic):
    world = await a_world(a_service(tells=(NoteWritten,)), kafka_brokers=narrow_topic)
    notes = [NoteWritten(note_id="one", number=number, text="x" * 3_000 * (number == 4)) for number in range(9)]
    async with world.running.database.transaction() as tx:
        await tell(tx, notes, now=world.clock.now())
    dsn = world.running.settings.database_url.get_secret_value()
    relay = asyncio.create_task(Relay(world.running.settings, schema="sizes", dsn=dsn, bell=Bell()).run())
    await eventually(lambda: world.pool.fetchval("SELECT count(*) FROM outbox"), lambda left: not left)
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    (parked,) = await world.parked()
    assert (parked["consumer"], parked["key"]) == ("relay", "one")
    assert b"x" * 3_000 in parked["body"]
    seen = [body["number"] for body in await bodies_of(narrow_topic, NARROW.name, "one")]
    assert list(dict.fromkeys(seen)) == [0, 1, 2, 3, 5, 6, 7, 8]  # what was sent again may be there twice
