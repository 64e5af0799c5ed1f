"""A consumer that was away for long: it takes up what has come meanwhile at an even pace and in bounded memory."""

import asyncio
import time

import pytest
from aiokafka import AIOKafkaProducer

from contracts.matching import MatchLapsed
from deploy.local.topics import create_topics
from services.notifications.__main__ import SERVICE
from tests.faults.extent import scaled
from tests.faults.servers.kafka import one_node
from tests.fuzz.records import fresh, record
from tests.fuzz.served import served
from tests.waiting import eventually

EVENTS = scaled(30_000, 100_000, 1_000_000)
STORIES = 5_000
WITHIN = scaled(240.0, 600.0, 3_600.0)
GROWTH = 60
"""Megabytes, from the first tenth of the backlog to its end."""
UNEVEN = 3.0
"""How many times slower the second half may be than the first, on a machine that does other things too."""
A_LOOK = EVENTS / 200_000
HEARD = "SELECT count(*) FROM inbox"


@pytest.fixture
def kafka(folder):
    """A broker of its own: the backlog would lie in the way of every other test."""
    with one_node(folder / "kafka") as cluster:
        yield cluster.brokers


@pytest.mark.full
async def test_a_long_backlog_drains_evenly_in_bounded_memory(a_world, kafka, tmp_path, row):
    with row("P9", "backlog") as p9:
        await asyncio.to_thread(create_topics, kafka)
        world = await a_world(SERVICE, kafka_brokers=kafka)
        await fill(kafka)
        p9.inject("events waiting", EVENTS)
        async with served(world, tmp_path / "log", role="worker", log_level="warning") as process:
            seen = await watch(world, process)
        first, second = rate(seen, 0.1, 0.5), rate(seen, 0.5, 1.0)
        grown = max(memory for _, _, memory in seen) - next(m for _, heard, m in seen if heard >= EVENTS / 10)
        p9.measured |= {"events a second": round(rate(seen, 0.1, 1.0)), "MB more": round(grown)}
        assert grown < GROWTH, seen
        assert first / second < UNEVEN, f"{first:.0f} events a second became {second:.0f}"
        assert await world.parked() == []


async def fill(kafka):
    """The backlog: some stories, told on and on. Their topic is not compacted, so nothing of it is cleaned away."""
    stories = [record(fresh(MatchLapsed)) for _ in range(STORIES)]
    producer = AIOKafkaProducer(bootstrap_servers=kafka.split(","), linger_ms=20, max_batch_size=500_000)
    await producer.start()
    for number in range(EVENTS):
        story = stories[number % STORIES]
        own = record_id(number)
        headers = [(name, own if name == "ce_id" else value) for name, value in story.headers if name != "ce_sequence"]
        headers.append(("ce_sequence", str(number // STORIES + 1).encode()))
        await producer.send(story.topic, story.value, story.key, headers=headers)
    await producer.stop()


def record_id(number):
    return f"00000000-0000-7000-8000-{number:012d}".encode()


async def watch(world, process):
    """When, how many events were taken up, and how much memory that takes."""
    begun, seen = time.monotonic(), []

    async def look():
        await asyncio.sleep(A_LOOK)  # counting costs the database something as well
        seen.append((time.monotonic() - begun, await world.pool.fetchval(HEARD), process.memory()))
        return seen[-1][1]

    await eventually(look, lambda heard: heard >= EVENTS, within=WITHIN)
    return seen


def rate(seen, begin, end):
    """Events a second between these shares of the backlog."""
    inside = [(at, heard) for at, heard, _ in seen if begin * EVENTS <= heard <= end * EVENTS]
    (first_at, first), (last_at, last) = inside[0], inside[-1]
    return (last - first) / max(0.001, last_at - first_at)
