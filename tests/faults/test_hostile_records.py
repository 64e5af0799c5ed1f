"""F19: records that mean harm. Each is parked with a reason or skipped by rule; the consumer lives, the others flow."""

import asyncio
import time
from collections import Counter

import pytest
from aiokafka import AIOKafkaProducer

from contracts.matching import MatchProposed, ProgramOpened
from contracts.profiles import ContactUpdated, ProfileUpdated
from deploy.local.topics import create_topics
from services.notifications.__main__ import SERVICE
from tests.faults.servers.kafka import one_node
from tests.fuzz.records import fresh, hostile, record
from tests.fuzz.served import served
from tests.waiting import eventually

KINDS = (ContactUpdated, ProfileUpdated, MatchProposed, ProgramOpened)
GROWTH = 200
"""Megabytes: a batch of the largest records there may be, read, refused and parked."""
WITHIN = 120.0


@pytest.fixture
def kafka(folder):
    """A broker of its own: what is sent here would lie in the way of every other test."""
    with one_node(folder / "kafka") as cluster:
        yield cluster.brokers


@pytest.fixture
async def producer(kafka):
    create_topics(kafka)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.split(","), max_request_size=1_040_000)
    await producer.start()
    yield producer
    await producer.stop()


async def send(producer, records):
    """Sends records; gives what lies where."""
    sent = [await producer.send(one.topic, one.value, one.key, headers=list(one.headers)) for one in records]
    places = await asyncio.gather(*sent)
    return {(place.topic, place.partition, place.offset): one for place, one in zip(places, records, strict=True)}


async def known(world, person_id):
    return await world.pool.fetchval("SELECT email FROM people WHERE person_id = $1", person_id)


async def test_f19_hostile_records_are_parked_or_skipped_and_good_ones_of_other_keys_are_handled(
    a_world, kafka, producer, tmp_path, row
):
    with row("F19") as f19:
        world = await a_world(SERVICE, kafka_brokers=kafka)
        ordinary = [fresh(ContactUpdated) for _ in range(20)]
        async with served(world, tmp_path / "log", role="worker") as process:
            before, begun = process.memory(), time.monotonic()
            sent = await send(producer, [one for kind in KINDS for one in hostile(kind)])
            await send(producer, [record(event) for event in ordinary])
            for event in ordinary:
                await eventually(lambda event=event: known(world, event.person_id), within=WITHIN)
            await eventually(lambda: without_a_fate(world, sent), lambda names: not names, within=WITHIN)
            seconds, grown = time.monotonic() - begun, process.memory() - before
        fates = await fates_of(world, sent)
        f19.inject("hostile records", len(sent))
        f19.measured |= {**Counter(fates.values()), "seconds": round(seconds, 1), "MB more": round(grown)}
        assert Counter(fates.values())["parked"] >= 50 * len(KINDS)
        assert [one.name for place, one in sent.items() if one.skipped != (fates[place] == "skipped")] == []
        assert grown < GROWTH, f"{grown:.0f} MB more after {len(sent)} records"
        assert seconds < WITHIN, f"{seconds:.0f} s for {len(sent)} records"


async def without_a_fate(world, sent):
    return [sent[place].name for place, fate in (await fates_of(world, sent)).items() if not fate]


async def fates_of(world, sent):
    """What became of each: parked, handled, skipped, or nothing yet."""
    rows = await world.pool.fetch("SELECT topic, partition, position, reason FROM parked")
    parked = {(row["topic"], row["partition"], row["position"]): row["reason"] for row in rows}
    heard = {str(row["event_id"]) for row in await world.pool.fetch("SELECT event_id FROM inbox")}
    fates = {}
    for place, one in sent.items():
        ids = [value.decode("utf-8", "replace") for name, value in one.headers if name == "ce_id" and value]
        if place in parked:
            assert len(parked[place]) > 10, one
            fates[place] = "parked"
        elif heard.intersection(ids):
            fates[place] = "handled"
        else:
            fates[place] = "skipped" if one.skipped else ""
    return fates
