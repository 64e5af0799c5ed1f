"""The chassis over a real broker: nothing lost, order kept, no consumer that dies or only looks alive."""

import asyncio
import secrets
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.consumer import on
from chassis.consumer.runtime import Consumer, quiet_libraries
from chassis.consumer.settle import Settler
from chassis.envelope import Context, new_id, seal
from chassis.outbox import tell
from chassis.relay import Relay
from chassis.wake import Bell
from contracts.matching import MatchDeclined, MatchProposed
from contracts.topics import MATCH
from deploy.local.topics import create_topics
from tests.builders import a_service
from tests.waiting import eventually

EVENT = MatchProposed.example()


async def pass_on(tx, event, *, now):
    """The effect that the tests count: one event told for each one heard."""
    answer = MatchDeclined.example().model_copy(update={"match_id": event.match_id, "reason": str(event.score)})
    await tell(tx, [answer], now=now)


SERVICE = a_service(hears=(on(MatchProposed, pass_on),), tells=(MatchDeclined,))


@pytest.fixture(scope="module")
def brokers(kafka):
    quiet_libraries()
    create_topics(kafka)
    return kafka


@pytest.fixture
async def producer(brokers):
    producer = AIOKafkaProducer(bootstrap_servers=brokers.split(","))
    await producer.start()
    yield producer
    await producer.stop()


def proposals(count: int, keys: int = 5) -> list[MatchProposed]:
    ids = [new_id() for _ in range(keys)]
    return [EVENT.model_copy(update={"match_id": ids[n % keys], "score": n}) for n in range(count)]


async def send(producer, event, *, sequence=1, **headers):
    sealed = seal(event, source="test", sequence=sequence, now=event.expires_at, context=Context.fresh())
    wire = [(name, value.encode()) for name, value in sealed.headers.items()] + list(headers.items())
    await producer.send_and_wait(sealed.topic, key=sealed.key.encode(), value=sealed.body.encode(), headers=wire)


@asynccontextmanager
async def listening(world, settler=None, group=None):
    """The world's consumer at work, in a group of its own that begins at the start of the topic."""
    settler = settler or Settler(
        world.running.database, world.running.clock, consumer="test", reactions=SERVICE.reactions
    )
    consumer = Consumer(world.running.settings, settler, group=group or secrets.token_hex(6), topics=[MATCH.name])
    task = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def heard(world, events) -> list[str]:
    """Scores of these events whose effect is there, in the order of the effects."""
    ids = {event.match_id for event in events}
    return [each.reason for each in await world.told(MatchDeclined) if each.match_id in ids]


async def test_what_could_not_be_handled_now_is_heard_again_and_nothing_is_skipped(a_world, brokers, producer):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    events = proposals(40)
    for number, event in enumerate(events):
        await send(producer, event, sequence=number + 1)

    class AwayAtFirst(Settler):
        away = 3

        async def settle(self, records):
            if AwayAtFirst.away:
                AwayAtFirst.away -= 1
                raise ConnectionError("the database is away")
            await super().settle(records)

    settler = AwayAtFirst(world.running.database, world.running.clock, consumer="test", reactions=SERVICE.reactions)
    async with listening(world, settler):
        await eventually(lambda: heard(world, events), lambda found: len(found) == len(events))
    assert AwayAtFirst.away == 0
    assert sorted(await heard(world, events), key=int) == [str(n) for n in range(40)]


async def test_a_header_that_is_not_utf8_parks_its_message_and_the_others_flow(a_world, brokers, producer):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    bad, good = proposals(1), proposals(5)
    await send(producer, bad[0], ce_extra=b"\xff\xfe")
    for event in good:
        await send(producer, event)
    async with listening(world):
        await eventually(lambda: heard(world, good), lambda found: len(found) == len(good))
        await eventually(world.parked, lambda rows: any(row["key"] == bad[0].key for row in rows))
    assert await heard(world, bad) == []


async def test_a_consumer_whose_heartbeat_ended_is_started_again(a_world, brokers, producer):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    before, after = proposals(1), proposals(1)
    async with listening(world) as consumer:
        await send(producer, before[0])
        await eventually(lambda: heard(world, before), len)
        coordinator = consumer.watchdog._subscriber.consumer._coordinator
        coordinator._heartbeat_task.cancel()
        await eventually(lambda: consumer.watchdog.restarts, lambda count: count > 0)
        await send(producer, after[0])
        await eventually(lambda: heard(world, after), len)


async def test_a_consumer_whose_fetching_ended_is_started_again_and_leaves_nothing_open(a_world, brokers, producer):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    before, after = proposals(1), proposals(1)
    async with listening(world) as consumer:
        await send(producer, before[0])
        await eventually(lambda: heard(world, before), len)
        client = consumer.watchdog._subscriber.consumer._client

        async def closed(*_args, **_more):  # what uvloop says of a connection that was cut a moment ago
            raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

        client.send = closed
        await eventually(lambda: consumer.watchdog.restarts, lambda count: count == 1)
        await send(producer, after[0])
        await eventually(lambda: heard(world, after), len)
        assert client._sync_task is None, "the old client is closed"
        assert not any(connection.connected() for connection in client._conns.values())


async def test_the_relay_keeps_each_story_in_order_though_two_carry(a_world, brokers):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    events = proposals(600, keys=7)
    for start in range(0, len(events), 50):
        async with world.running.database.transaction() as tx:
            await tell(tx, events[start : start + 50], now=world.clock.now())
    dsn = world.running.settings.database_url.get_secret_value()
    relays = [Relay(world.running.settings, schema="test", dsn=dsn, bell=Bell()) for _ in range(2)]
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    await eventually(world.told, lambda left: not left)
    tasks[0].cancel()
    async with world.running.database.transaction() as tx:
        await tell(tx, proposals(1), now=world.clock.now())
    await eventually(world.told, lambda left: not left)  # the other one takes the buckets over
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await on_topic(brokers, {event.key for event in events}) == {
        key: [event.score for event in events if event.key == key] for key in {event.key for event in events}
    }


async def on_topic(brokers, keys) -> dict[str, list[int]]:
    """What the topic holds of these stories, in its order."""
    consumer = AIOKafkaConsumer(MATCH.name, bootstrap_servers=brokers.split(","), auto_offset_reset="earliest")
    await consumer.start()
    ends = await consumer.end_offsets(consumer.assignment())
    found = {key: [] for key in keys}
    while any([await consumer.position(place) < end for place, end in ends.items()]):
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in records:
                if record.key.decode() in found:
                    found[record.key.decode()].append(MatchProposed.read(record.value).score)
    await consumer.stop()
    return found


async def test_a_commit_that_comes_late_with_a_small_id_is_carried_too(a_world, brokers):
    world = await a_world(SERVICE, kafka_brokers=brokers)
    early, late = proposals(1), proposals(1)
    dsn = world.running.settings.database_url.get_secret_value()
    relay = Relay(world.running.settings, schema="late", dsn=dsn, bell=Bell())
    task = asyncio.create_task(relay.run())
    written = asyncio.Event()
    release = asyncio.Event()

    async def slow():
        async with world.running.database.transaction() as tx:
            from chassis import outbox

            await tell(tx, late, now=world.clock.now())
            await outbox.flush(tx, source="test")
            tx.told.clear()
            written.set()
            await release.wait()

    waiting = asyncio.create_task(slow())
    await written.wait()
    async with world.running.database.transaction() as tx:
        await tell(tx, early, now=world.clock.now())
    await eventually(lambda: on_topic(brokers, {early[0].key}), lambda found: found[early[0].key])
    release.set()
    await waiting
    await eventually(lambda: on_topic(brokers, {late[0].key}), lambda found: found[late[0].key])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
