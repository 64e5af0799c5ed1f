"""From a real topic to receivers outside: one is away for ten minutes, one never answers, one is well all the time."""

import asyncio
import secrets
import time
from contextlib import asynccontextmanager
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer

from chassis import jobs
from chassis.consumer.runtime import Consumer, quiet_libraries
from chassis.consumer.settle import Settler
from chassis.envelope import Context, seal
from contracts.event import Event
from deploy.local.topics import create_topics
from services.webhooks.__main__ import SERVICE
from tests.receivers import NEVER, a_receiver
from tests.service.webhooks_example import MINUTE, accepted, ask, declined, subscribe
from tests.waiting import eventually

STORIES, MINUTES = 12, 10
TIMEOUT_SECONDS = 15


@pytest.fixture
async def producer(kafka):
    quiet_libraries()
    create_topics(kafka)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.split(","))
    await producer.start()
    yield producer
    await producer.stop()


@asynccontextmanager
async def at_work(world):
    """The service's loops, as in its own process: the consumer and every job."""
    running = world.running
    settler = Settler(running.database, running.clock, consumer="test", reactions=SERVICE.reactions)
    group = secrets.token_hex(6)
    loops = [Consumer(running.settings, settler, group=group, topics=SERVICE.topics).run()]
    tasks = [asyncio.create_task(loop) for loop in (*loops, *(jobs.run(job, running) for job in SERVICE.jobs))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Stories:
    """Stories that go on from minute to minute, told as their service would."""

    def __init__(self, producer: AIOKafkaProducer, world) -> None:
        self.program = uuid4()
        self.told: dict[str, list[int]] = {}
        self._producer, self._world = producer, world
        self._ids = [uuid4() for _ in range(STORIES)]

    async def go_on(self) -> None:
        for match_id in self._ids:
            number = len(self.told.setdefault(str(match_id), [])) + 1
            await self._tell(self._event(match_id, number), number)
            self.told[str(match_id)].append(number)

    def _event(self, match_id: UUID, number: int) -> Event:
        event = declined(match_id) if number % 2 else accepted(match_id)
        return event.model_copy(update={"program_id": self.program})

    async def _tell(self, event: Event, sequence: int) -> None:
        now = self._world.clock.now()
        sealed = seal(event, source="test", sequence=sequence, now=now, context=Context.fresh())
        wire = [(name, value.encode()) for name, value in sealed.headers.items()]
        await self._producer.send_and_wait(
            sealed.topic, key=sealed.key.encode(), value=sealed.body.encode(), headers=wire
        )


async def test_a_receiver_that_fails_for_ten_minutes_gets_everything_and_one_that_never_answers_harms_nobody(
    a_world, kafka, producer, say
):
    world = await a_world(SERVICE, kafka_brokers=kafka, webhooks_timeout_seconds=TIMEOUT_SECONDS)
    stories, slowest = Stories(producer, world), 0.0
    async with a_receiver(503) as away, a_receiver(NEVER) as silent, a_receiver() as well, at_work(world):
        wish = {"filter": {"program_ids": [str(stories.program)]}}
        subscription = await subscribe(world, away, **wish)
        mute = [await subscribe(world, silent, **wish) for _ in range(5)]
        await subscribe(world, well, **wish)
        for _ in range(MINUTES):
            begun = time.monotonic()
            await stories.go_on()
            await eventually(lambda: well.stories() == stories.told)
            slowest = max(slowest, time.monotonic() - begun)
            await world.clock.set(world.clock.now() + MINUTE)
        assert away.taken == []
        assert slowest < TIMEOUT_SECONDS, "whoever answers is not kept by those that do not"
        away.answer = 204
        await world.clock.set(world.clock.now() + 5 * MINUTE)
        await eventually(lambda: away.stories() == stories.told)
        for request in away.taken:
            request.verified(subscription["secret"])
        standing = await ask(world, subscription)
        assert (standing["waiting"], standing["failing_since"]) == (0, None)
        assert (await ask(world, mute[0]))["waiting"] == STORIES * MINUTES, "and what it did not take is not lost"
        silent.hung_up.set()
    assert all(later > earlier for numbers in away.stories().values() for earlier, later in pairwise(numbers))
    say(
        f"webhooks: {STORIES} events in {slowest:.2f} s at most, beside 5 receivers that never answer within"
        f" {TIMEOUT_SECONDS} s; {len(away.seen) - len(away.taken)} attempts at the one that was away ten minutes"
    )


async def test_an_address_inside_the_network_is_refused(a_world):
    world = await a_world(SERVICE, webhooks_allowed_networks="", webhooks_plain_http=False, webhooks_ports="443")
    admin = world.client("administrator")
    for url in ("https://10.0.0.5/", "https://localhost/", "https://169.254.169.254/", "https://[::ffff:127.0.0.1]/"):
        answer = await admin.post("/v1/subscriptions", json={"url": url, "owner_id": "p-1"})
        assert answer.status_code == 422, url
        assert "private network" in answer.json()["errors"][0]["message"]
