"""Read models filled again from the topics, beside the live ones: equal under traffic, and a damaged row is mended."""

import asyncio
import secrets
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer

from chassis.consumer import on_each_batch
from chassis.consumer.runtime import Consumer, quiet_libraries
from chassis.consumer.settle import Settler
from chassis.envelope import Context, seal
from chassis.outbox import tell
from chassis.rebuild import ReadModel
from chassis.rebuild import command as replay
from chassis.rebuild.filling import TellsSomething
from contracts.matching import MatchLapsed, ProgramOpened
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from deploy.local.topics import create_topics
from services.matching.__main__ import SERVICE as MATCHING
from services.notifications.__main__ import SERVICE as NOTIFICATIONS
from tests.waiting import eventually

BOTH = pytest.mark.parametrize("service", [NOTIFICATIONS, MATCHING], ids=lambda service: service.name)
DAMAGE = {
    "notifications": "UPDATE people SET time_zone = 'Mars/Olympus', languages = '{}' WHERE person_id = $1",
    "matching": "UPDATE people SET manager_id = 'nobody', roles = '{}', sequence = 999 WHERE person_id = $1",
}
COLUMNS = {"notifications": {"time_zone", "languages"}, "matching": {"manager_id", "roles", "sequence"}}
CHECK = replay.Wish(since=None, check=True, delete_unknown=False)
MEND = replay.Wish(since=None, check=False, delete_unknown=False)


class Directory:
    """The other side: tells of people on the real topics, each story numbered."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._numbers: dict[tuple[str, str], int] = {}
        self._name = secrets.token_hex(3)

    def id(self, number: int) -> str:
        return f"{self._name}-{number:04}"

    async def tell(self, event, **headers) -> None:
        story = (event.topic.name, event.key)
        self._numbers[story] = self._numbers.get(story, 0) + 1
        sealed = seal(
            event, source="test", sequence=self._numbers[story], now=datetime.now(UTC), context=Context.fresh()
        )
        wire = [(name, value.encode()) for name, value in (sealed.headers | headers).items()]
        await self._producer.send(sealed.topic, key=sealed.key.encode(), value=sealed.body.encode(), headers=wire)

    async def enter(self, number: int) -> None:
        await self.tell(ContactUpdated.example().model_copy(update={"person_id": self.id(number)}))
        await self.change(number, 1)

    async def change(self, number: int, level: int) -> None:
        change = {"person_id": self.id(number), "level": 1 + level % 15, "country": ["DE", "FR"][level % 2]}
        await self.tell(ProfileUpdated.example().model_copy(update=change))

    async def leave(self, number: int) -> None:
        await self.tell(PersonLeft(person_id=self.id(number), left_on=date(2027, 3, 31)))

    async def flush(self) -> None:
        await self._producer.flush()


@pytest.fixture
async def directory(kafka):
    quiet_libraries()
    await asyncio.to_thread(create_topics, kafka)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.split(","))
    await producer.start()
    yield Directory(producer)
    await producer.stop()


@asynccontextmanager
async def listening(world):
    """The world's own consumer at work."""
    service, running = world.service, world.running
    settler = Settler(running.database, running.clock, consumer=service.name, reactions=service.reactions)
    consumer = Consumer(running.settings, settler, group=service.name, topics=service.topics)
    task = asyncio.create_task(consumer.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def heard(world, person: str) -> None:
    """Waits until this person's profile is there."""
    of_profile = "profile IS NOT NULL" if world.service.name == "matching" else "profile_sequence > 0"
    await eventually(
        lambda: world.pool.fetchval(f"SELECT true FROM people WHERE person_id = $1 AND {of_profile}", person)
    )


async def work(world, wish, *tables):
    """The command's work; by table."""
    models = replay._chosen(world.service, tables)
    results, _ = await replay._work(world.service, models, world.running.settings, wish)
    return {result.table: result for result in results}


def differing(result, directory) -> dict[str, tuple[str, ...]]:
    """Of this test's people; others' records lie on the same topics."""
    return {row.key: row.kind for row in result.differing if row.key.startswith(directory._name)}


async def settled(world) -> None:
    """Waits until the live consumer is at the end: nothing is being changed."""

    async def still():
        found = await work(world, CHECK, "people")
        return not found["people"].changing and found

    await eventually(still)


@BOTH
async def test_under_traffic_only_damaged_rows_differ_and_are_mended(a_world, kafka, directory, service):
    world = await a_world(service, kafka_brokers=kafka)
    for number in range(60):
        await directory.enter(number)
    await directory.leave(5)
    await directory.tell(ProgramOpened.example())
    stop = asyncio.Event()

    async def traffic():
        level = 0
        while not stop.is_set():
            level += 1
            await directory.change(20 + level % 40, level)
            await directory.flush()
            await asyncio.sleep(0.005)

    async with listening(world):
        await directory.flush()
        await heard(world, directory.id(59))
        busy = asyncio.create_task(traffic())
        assert differing((await work(world, CHECK))["people"], directory) == {}
        await world.pool.execute(DAMAGE[service.name], directory.id(1))
        await world.pool.execute("DELETE FROM people WHERE person_id = $1", directory.id(2))
        before = await all_rows(world, directory.id(1), directory.id(2))
        damaged = (await work(world, CHECK))["people"]
        assert differing(damaged, directory) == {directory.id(1): "differs", directory.id(2): "missing"}
        (row,) = [row for row in damaged.differing if row.key == directory.id(1)]
        assert set(row.columns) == COLUMNS[service.name]
        assert await all_rows(world, directory.id(1), directory.id(2)) == before, "a check changes nothing"
        mended = (await work(world, MEND))["people"]
        assert mended.replaced >= 2
        stop.set()
        await busy
        await settled(world)
    assert differing((await work(world, CHECK))["people"], directory) == {}
    assert await world.told() == [], "nothing was told"
    assert not await world.parked()


async def all_rows(world, *people: str):
    return await world.pool.fetch("SELECT * FROM people WHERE person_id = ANY($1) ORDER BY 1", list(people))


@BOTH
async def test_rows_that_the_topics_say_nothing_of_are_named_and_deleted_only_when_asked(
    a_world, kafka, directory, service
):
    world = await a_world(service, kafka_brokers=kafka)
    await directory.enter(1)
    await directory.flush()
    async with listening(world):
        await heard(world, directory.id(1))
        await world.hear(ProfileUpdated.example().model_copy(update={"person_id": directory.id(99)}))
        await settled(world)
        left = (await work(world, MEND))["people"]
        assert differing(left, directory) == {directory.id(99): "unknown"}
        assert left.left >= 1
        gone = (await work(world, replay.Wish(since=None, check=False, delete_unknown=True)))["people"]
        assert gone.deleted >= 1
        assert await all_rows(world, directory.id(99)) == []


@BOTH
async def test_from_an_instant_only_what_was_told_since_is_mended(a_world, kafka, directory, service):
    world = await a_world(service, kafka_brokers=kafka)
    await directory.enter(1)
    await directory.enter(2)
    await directory.flush()
    async with listening(world):
        await heard(world, directory.id(2))
        told = datetime.now(UTC)
        # The instant must lie between two records, whose time has milliseconds.
        since = await eventually(lambda: datetime.now(UTC), lambda now: now > told + timedelta(milliseconds=2))
        await directory.change(2, 7)
        await directory.flush()
        await settled(world)
        for number in (1, 2):
            await world.pool.execute(DAMAGE[service.name], directory.id(number))
        mended = (await work(world, replay.Wish(since=since, check=False, delete_unknown=False)))["people"]
        assert differing(mended, directory) == {directory.id(2): "differs"}
        assert differing((await work(world, CHECK))["people"], directory) == {directory.id(1): "differs"}
        if service is NOTIFICATIONS:
            (row,) = await all_rows(world, directory.id(2))
            assert row["email"], "the other half of the row, which was told before, is kept"


@BOTH
async def test_a_story_that_is_parked_is_left_as_it_is(a_world, kafka, directory, service):
    world = await a_world(service, kafka_brokers=kafka)
    await directory.enter(1)
    await directory.flush()
    async with listening(world):
        await heard(world, directory.id(1))
        broken = ProfileUpdated.example().model_copy(update={"person_id": directory.id(1)})
        await directory.tell(broken, ce_time="yesterday")
        await directory.change(1, 9)
        await directory.flush()
        await eventually(world.parked, lambda rows: len(rows) == 2)
        before = await all_rows(world, directory.id(1))
        await settled(world)
        found = (await work(world, MEND))["people"]
        assert directory.id(1) in found.aside
        assert await all_rows(world, directory.id(1)) == before


@BOTH
async def test_what_compaction_has_taken_from_the_topic_stays_in_the_row(a_world, kafka, directory, service):
    world = await a_world(service, kafka_brokers=kafka)
    profile = ProfileUpdated.example().model_copy(update={"person_id": directory.id(1)})
    await world.hear(profile)  # on the topic its place was taken by what follows
    directory._numbers[profile.topic.name, profile.key] = 1
    await directory.leave(1)
    await directory.flush()
    async with listening(world):
        await eventually(
            lambda: world.pool.fetchval("SELECT left_on FROM people WHERE person_id = $1", directory.id(1))
        )
        before = await all_rows(world, directory.id(1))
        await settled(world)
        assert differing((await work(world, MEND))["people"], directory) == {}
        assert await all_rows(world, directory.id(1)) == before


async def test_mended_people_are_looked_at_again_by_who_keeps_shortlists(a_world, kafka, directory):
    world = await a_world(MATCHING, kafka_brokers=kafka)
    await directory.enter(1)
    await directory.flush()
    async with listening(world):
        await heard(world, directory.id(1))
        await world.pool.execute("UPDATE people SET roles = '{}' WHERE person_id = $1", directory.id(1))
        await world.pool.execute("DELETE FROM shortlist_changes")
        await settled(world)
        await work(world, MEND)
    assert await world.pool.fetchval("SELECT true FROM shortlist_changes WHERE person_id = $1", directory.id(1))


async def test_a_function_that_does_more_than_fill_is_refused(a_world, kafka, directory):
    async def fill_and_tell(tx, heard, *, now):
        await tell(tx, [MatchLapsed.example()], now=now)

    world = await a_world(NOTIFICATIONS, kafka_brokers=kafka)
    model = ReadModel("people", "person_id", ("profile_sequence",), (on_each_batch(ProfileUpdated, fill_and_tell),))
    await directory.enter(1)
    await directory.flush()
    async with listening(world):
        await heard(world, directory.id(1))
        await settled(world)
        with pytest.raises(TellsSomething):
            await replay._work(NOTIFICATIONS, [model], world.running.settings, CHECK)
