"""F24: a topic gets more partitions, and keys move, in the middle of stories."""

import asyncio
import time

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from chassis.consumer.coverage import NOBODYS_AFTER
from deploy.local.kafka import run_kafka
from deploy.local.topics import create_topics
from tests.faults.checker import compare
from tests.faults.checker.reading import raw_topic
from tests.faults.ledger import story
from tests.faults.rig.again import feed
from tests.faults.rig.load import under_load
from tests.waiting import eventually


def add_partitions(ledger) -> int:
    """Doubles those of the books; gives how many there are."""
    topic = story.books(ledger.name)
    several = 2 * topic.partitions
    admin = AdminClient({"bootstrap.servers": ledger.brokers})  # who lets go of it takes back what was asked
    for done in admin.create_partitions([NewPartitions(topic.name, several)]).values():
        done.result(30)
    return several


async def some_bookings(ledger, count: int) -> None:
    async with under_load(ledger) as load:
        await load.answered(count)


async def moved(ledger) -> int:
    """How many stories lie in two partitions."""
    facts = await ledger.facts()
    places: dict[str, set[int]] = {}
    for record in facts.records:
        places.setdefault(record.key, set()).add(record.partition)
    return sum(len(several) > 1 for several in places.values())


async def test_f24_partitions_added_when_nothing_is_under_way_keep_every_story_in_order(row, ledger, scale):
    with row("F24", "partitions are added when nothing is under way, and a hearer is back within its session") as f24:
        ledger.settings["chassis.consumer.coverage.NOBODYS_AFTER"] = str(scale(2, NOBODYS_AFTER))
        await ledger.start(tellers=1, hearers=1)
        await some_bookings(ledger, 40)
        await ledger.settled()
        for proc in ledger.procs:
            await proc.stop()
        f24.inject("partitions added", add_partitions(ledger) // 2)
        for proc in ledger.procs:
            proc.start()
        await asyncio.gather(*(proc.ready() for proc in ledger.procs))
        began = time.monotonic()
        await some_bookings(ledger, 40)
        f24.recovered(await ledger.settled(since=began))
        assert await moved(ledger)
        f24.judge(await ledger.check())


@pytest.mark.full
async def test_f24_partitions_added_in_the_middle_of_stories_lose_nothing_and_the_newest_state_wins(row, ledger):
    with row("F24", "partitions are added while a hearer is far behind") as f24:
        await ledger.start(tellers=1, hearers=1)
        (teller,), (hearer,) = ledger.tellers, ledger.hearers
        await hearer.stop()
        await some_bookings(ledger, 40)
        await eventually(lambda: ledger.sql("SELECT FROM {teller}.outbox"), lambda rows: not rows)
        await teller.stop()
        f24.inject("partitions added", add_partitions(ledger) // 2)
        await teller.start().ready()
        await some_bookings(ledger, 40)
        await eventually(lambda: ledger.sql("SELECT FROM {teller}.outbox"), lambda rows: not rows)
        await hearer.start().ready()
        await ledger.settled()
        facts = await ledger.facts()
        f24.measured["stories that moved"] = await moved(ledger)
        f24.measured["stories heard out of order"] = len(
            {
                each.key
                for each in facts.effects
                if compare.effects_out_of_order([e for e in facts.effects if e.key == each.key])
            }
        )
        assert await moved(ledger)
        f24.judge(await ledger.check())


@pytest.mark.full
async def test_f24_topics_copied_to_another_cluster_are_gone_on_with_there(row, ledger, folder):
    with row("F24", "the topics are copied to another Kafka, whose offsets are others") as f24:
        await ledger.start(tellers=1, hearers=1)
        await some_bookings(ledger, 60)
        await ledger.settled()
        for proc in ledger.procs:
            await proc.stop()
        with run_kafka(folder / "larger") as larger:
            for topic in (story.books(ledger.name), story.notes(ledger.name)):
                await asyncio.to_thread(create_topics, larger.bootstrap, topics=[topic])
                messages = await asyncio.to_thread(raw_topic, ledger.brokers, topic.name)
                await asyncio.to_thread(feed, larger.bootstrap, messages)
                f24.inject("records copied", len(messages))
            ledger.brokers = larger.bootstrap
            ledger.tellers.clear()
            ledger.hearers.clear()
            await ledger.start(tellers=1, hearers=1)
            await some_bookings(ledger, 60)
            await ledger.settled()
            f24.judge(await ledger.check())
            for proc in ledger.procs:
                await proc.stop()
