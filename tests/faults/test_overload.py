"""Ten times the load that the API can take: it says so at once, loses nothing, and is itself again soon."""

import asyncio
import json
import time
from uuid import UUID

import httpx
import pytest

from chassis.settings import Settings
from contracts.matching import ProgramOpened
from deploy.local.topics import create_topics
from services.matching.__main__ import SERVICE
from tests.faults.extent import scaled
from tests.fuzz.flood import apart, capacity, flood
from tests.fuzz.served import served
from tests.waiting import eventually

pytestmark = pytest.mark.full

SECONDS = scaled(20, 100, 300)
TIMES = 10
CALLERS = 10
AT_ONCE = Settings.model_fields["requests_at_once"].default
GROWTH, FLAT = 60, 20
"""Megabytes that a process may take more under load, for the connections that it is offered and the line that waits;
and how much of that may come in the second half."""
LIVE_WITHIN = 10.0
"""Seconds; a probe that fails for longer would have the process killed."""
NORMAL_WITHIN = 60.0
NORMAL = 1.0
BODY = {"name": "Spring", "starts_on": "2027-01-11"}
A_LOOK = 0.5


def opening(process, series):
    """Requests that open a program each; every caller has its own token, every request its own key."""
    tokens = [process.token("coordinator", f"c-{number}") for number in range(CALLERS)]
    body = json.dumps(BODY).encode()

    def request(number):
        head = (
            f"POST /v1/programs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {tokens[number % CALLERS]}\r\n"
            f"Idempotency-Key: {series}-{number}\r\nContent-Type: application/json\r\n"
        )
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    return request


@pytest.fixture
async def world(a_world, kafka):
    await asyncio.to_thread(create_topics, kafka)
    return await a_world(SERVICE, kafka_brokers=kafka)


async def watched(process, until):
    """Looks at the process until the flood is over: its memory, and how long its probe takes to answer."""
    memory, probes = [process.memory()], [0.0]
    while not until.done():
        begun = time.monotonic()
        assert await asyncio.to_thread(is_live, process)
        probes.append(time.monotonic() - begun)
        memory.append(process.memory())
        await asyncio.wait([until], timeout=A_LOOK)
    return memory, max(probes)


def is_live(process):
    return httpx.get(f"{process.url}/health/live", timeout=LIVE_WITHIN).status_code == 200


async def test_ten_times_the_load_is_refused_in_good_time_and_nothing_accepted_is_lost(world, tmp_path, row):
    with row("P9", "overload") as p9:
        # The rate of one caller is lifted while the capacity is measured, so that it is the service's own.
        async with served(world, tmp_path / "log", requests_per_second=100_000, requests_at_once=AT_ONCE) as process:
            able = await apart(lambda: capacity(process.port, opening(process, "able"), seconds=4))
        async with served(world, tmp_path / "log", requests_per_second=int(able), requests_at_once=AT_ONCE) as process:
            await fair(process, able)
            found, memory, probe = await overload(process, able)
            normal = await back_to_normal(process, able)
            p9.inject("requests", found.sent)
            p9.recovered(normal)
            p9.measured |= {"answers a second at ease": round(able), "asked a second": round(found.rate)}
            p9.measured |= {f"answers {status}": count for status, count in sorted(found.counts().items())}
            p9.measured |= {"p99 of refusals, s": round(found.quantile(0.99, 429, 503), 3)}
            p9.measured |= {"MB more": round(max(memory) - memory[0]), "longest probe, s": round(probe, 2)}
            judge(found)
            assert max(memory) - memory[0] < GROWTH, memory
            assert max(memory) - max(memory[: len(memory) // 2]) < FLAT, memory
            await nothing_is_lost(world, {UUID(json.loads(answer.body)["program_id"]) for answer in found.of(201)})


async def overload(process, able):
    """Asks ten times as much as it is able to answer, and watches it."""
    asking = asyncio.ensure_future(
        apart(lambda: flood(process.port, opening(process, "flood"), rate=able * TIMES, seconds=SECONDS))
    )
    memory, probe = await watched(process, asking)
    return await asking, memory, probe


def judge(found):
    """Everybody was answered: some with what they wanted, the others with when to come again."""
    assert set(found.counts()) <= {201, 429, 503}, found.counts()
    assert len({json.loads(answer.body)["program_id"] for answer in found.of(201)}) == len(found.of(201)) > 0
    refused = found.of(429, 503)
    assert len(refused) > len(found.answers) / 2
    assert all(b"\r\nretry-after: " in answer.head.lower() for answer in refused)
    assert all(json.loads(answer.body)["status"] == answer.status for answer in refused)


async def fair(process, able):
    """A load that it can well take."""
    series = f"fair-{time.monotonic()}"
    return await apart(lambda: flood(process.port, opening(process, series), rate=able / 4, seconds=2, count=50))


async def back_to_normal(process, able):
    """Seconds until a fair load is served as if nothing had been."""
    begun = time.monotonic()

    async def is_normal():
        after = await fair(process, able)
        return set(after.counts()) == {201} and after.quantile(0.99, 201) < NORMAL

    await eventually(is_normal, within=NORMAL_WITHIN)
    return time.monotonic() - begun


async def nothing_is_lost(world, opened):
    """Each program whose opening was answered is there, and was told."""
    await eventually(lambda: world.pool.fetchval("SELECT count(*) = 0 FROM outbox"), within=60)
    kept = {row["program_id"] for row in await world.pool.fetch("SELECT program_id FROM programs")}
    assert opened <= kept
    told = await world.pool.fetchval("SELECT count(*) FROM streams WHERE topic = $1", ProgramOpened.topic.name)
    assert told == len(kept)
