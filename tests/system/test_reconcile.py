"""What was committed against what is on the topics: whatever is lost between the two is found and named."""

import asyncio
import secrets
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from chassis import metrics
from chassis.connections import open_connection
from chassis.outbox import tell
from chassis.reconcile import compare as comparing
from chassis.reconcile import periodic
from chassis.relay import Relay
from chassis.wake import Bell
from contracts.event import Event, about
from contracts.topics import DataClass, Topic
from deploy.local.topics import create_topics
from tests.builders import a_service
from tests.faults.checker.reading import raw_topic
from tests.waiting import eventually

HERE = secrets.token_hex(4)
STORY = Topic(f"test.story-{HERE}.v1", "test", "thing_id", 3, 30, False, DataClass.INTERNAL, "made for a test")
STATE = Topic(f"test.state-{HERE}.v1", "test", "thing_id", 2, None, True, DataClass.INTERNAL, "made for a test")


class ThingHappened(Event):
    """Something that is told of and kept for thirty days."""

    topic: ClassVar[Topic] = STORY
    thing_id: str = about("which", example="t-1")
    text: str = about("what", example="", default="")


class ThingChanged(Event):
    """What the thing is now."""

    topic: ClassVar[Topic] = STATE
    thing_id: str = about("which", example="t-1")


SERVICE = a_service(tells=(ThingHappened, ThingChanged))


@pytest.fixture
async def brokers(kafka, monkeypatch):
    monkeypatch.setattr(comparing, "LOOK_AGAIN_AFTER", 0.1)
    await recreate(kafka)
    return kafka


async def recreate(brokers: str, *topics: Topic) -> None:
    """Fresh topics, however they were."""
    wanted = {topic.name: topic for topic in topics or (STORY, STATE)}
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    try:
        if there := set(await admin.list_topics()) & wanted.keys():
            await admin.delete_topics(sorted(there))

            async def gone():
                return not set(await admin.list_topics()) & wanted.keys()

            await eventually(gone)
    finally:
        await admin.close()
    await asyncio.to_thread(create_topics, brokers, topics=list(wanted.values()))


async def tell_of(world, key: str, count: int, kind=ThingHappened) -> None:
    for _ in range(count):
        async with world.running.database.transaction() as tx:
            await tell(tx, [kind(thing_id=key)], now=world.clock.now())


@asynccontextmanager
async def relaying(world):
    dsn = world.running.settings.database_url.get_secret_value()
    task = asyncio.create_task(Relay(world.running.settings, schema=HERE, dsn=dsn, bell=Bell()).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def carry(world) -> None:
    async with relaying(world):
        await eventually(lambda: world.pool.fetchval("SELECT count(*) FROM outbox"), lambda count: not count)


async def outcomes(world):
    """By topic."""
    connection = await open_connection(world.running.settings.database_address, name="test")
    try:
        found = await comparing.compare(SERVICE.told_topics, world.running.settings, connection, comparing.no_bar)
        return {each.topic: each for each in found}
    finally:
        await connection.close()


async def missing(world) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """What differs, by topic and key."""
    found = await outcomes(world)
    return {(each.topic, each.key): list(each.missing) for outcome in found.values() for each in outcome.named}


async def test_nothing_differs_while_events_are_told_and_carried(a_world, brokers):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    stop = asyncio.Event()

    async def traffic(key: str):
        while not stop.is_set():
            await tell_of(world, key, 1)
            await tell_of(world, key, 1, ThingChanged)

    tasks = [asyncio.create_task(traffic(f"t-{number}")) for number in range(4)]
    async with relaying(world):
        await eventually(
            lambda: world.pool.fetchval("SELECT sum(sequence) FROM streams"), lambda told: (told or 0) > 60
        )
        found = [await outcomes(world) for _ in range(3)]
        stop.set()
        await asyncio.gather(*tasks)
    assert [each.differences for one in found for each in one.values()] == [0] * 6
    assert found[-1][STORY.name].stories == 4
    assert found[-1][STORY.name].records > 20


async def test_a_row_that_was_deleted_from_the_outbox_is_found_wherever_in_its_story(a_world, brokers):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    for key in ("first", "middle", "last", "whole"):
        await tell_of(world, key, 3)
    await tell_of(world, "state", 3, ThingChanged)
    await tell_of(world, "whole-state", 3, ThingChanged)
    for key, number in (("first", 1), ("middle", 2), ("last", 3), ("state", 3)):
        await world.pool.execute(
            "DELETE FROM outbox WHERE key = $1 AND headers::jsonb->>'ce_sequence' = $2", key, str(number)
        )
    assert await missing(world) == {
        (STORY.name, "first"): [(1, 1)],
        (STORY.name, "middle"): [(2, 2)],
        (STORY.name, "last"): [(3, 3)],
        (STATE.name, "state"): [(3, 3)],
    }, "what still waits in the outbox is not missing"
    await carry(world)
    assert set(await missing(world)) == {
        (STORY.name, "first"), (STORY.name, "middle"), (STORY.name, "last"), (STATE.name, "state"),
    }  # fmt: skip


async def test_one_record_that_is_missing_on_a_topic_is_found(a_world, brokers):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    for key in ("a", "b", "c"):
        await tell_of(world, key, 4)
    await carry(world)
    assert await missing(world) == {}
    records = await asyncio.to_thread(raw_topic, brokers, STORY.name)
    await recreate(brokers, STORY)
    await write(brokers, [each for each in records if (each.key(), number_of(each)) != (b"b", 3)])
    assert await missing(world) == {(STORY.name, "b"): [(3, 3)]}


async def write(brokers, records) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=brokers)
    await producer.start()
    for each in records:
        await producer.send_and_wait(
            each.topic(), each.value(), key=each.key(), headers=each.headers(), partition=each.partition()
        )
    await producer.stop()


def number_of(record) -> int:
    return int(dict(record.headers())["ce_sequence"])


async def cut_off(brokers, topic: Topic) -> None:
    """Throws away what a topic holds, as age would."""
    ends = {}
    for each in await asyncio.to_thread(raw_topic, brokers, topic.name):
        ends[TopicPartition(topic.name, each.partition())] = RecordsToDelete(each.offset() + 1)
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    await admin.delete_records(ends)
    await admin.close()


async def test_what_is_cut_off_at_the_beginning_is_missing_unless_age_explains_it(a_world, brokers):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    await tell_of(world, "young", 2)
    await tell_of(world, "old", 2)
    await carry(world)
    await cut_off(brokers, STORY)
    await world.pool.execute(
        "UPDATE streams SET begun_at = now() - interval '99 days', told_at = now() - interval '31 days'"
        " WHERE key = 'old'"
    )
    assert await missing(world) == {(STORY.name, "young"): [(1, 2)]}
    assert (await outcomes(world))[STORY.name].expired == 1
    await tell_of(world, "old", 1)
    await carry(world)
    assert await missing(world) == {(STORY.name, "young"): [(1, 2)]}, "a story that goes on lacks only its beginning"


async def test_what_the_broker_never_takes_is_known_and_does_not_differ(a_world, brokers):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, STORY.name, {"max.message.bytes": "20000"})])
    await admin.close()
    async with world.running.database.transaction() as tx:
        large = secrets.token_hex(30_000)
        told = [ThingHappened(thing_id="a"), ThingHappened(thing_id="a", text=large), ThingHappened(thing_id="a")]
        await tell(tx, told, now=world.clock.now())
    await carry(world)
    found = (await outcomes(world))[STORY.name]
    assert (found.differences, found.set_aside) == (0, 1)


async def test_what_is_on_a_topic_and_was_never_committed_is_found(a_world, brokers):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    await tell_of(world, "a", 1)
    await carry(world)
    producer = AIOKafkaProducer(bootstrap_servers=brokers)
    await producer.start()
    for key, number in ((b"a", b"7"), (b"stranger", b"1")):
        await producer.send_and_wait(STORY.name, b"{}", key=key, headers=[("ce_sequence", number)])
    await producer.send_and_wait(STORY.name, b"hello", key=b"a")
    await producer.stop()
    found = (await outcomes(world))[STORY.name]
    assert {each.key: each.never_told for each in found.named} == {"a": 7, "stranger": 1}
    assert found.foreign == 1
    assert "a: the topic goes up to 7, 1 were ever told" in str(found.named[0])


async def test_the_metric_says_what_the_command_says_and_one_process_is_enough(a_world, brokers):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    await tell_of(world, "a", 2)
    await world.pool.execute("DELETE FROM outbox WHERE headers::jsonb->>'ce_sequence' = '2'")
    await carry(world)
    connection = await open_connection(world.running.settings.database_address, name="test")
    await periodic.look(world.running, connection)
    await connection.close()
    assert metrics.RECONCILE_DIFFERENCES.labels(STORY.name)._value.get() == 1
    assert metrics.RECONCILE_DIFFERENCES.labels(STATE.name)._value.get() == 0
    assert metrics.RECONCILED_AT._value.get() > 0
