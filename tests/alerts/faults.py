"""What is broken, and how it is mended. Each is what may happen at night; which alerts must fire: `cases.py`."""

import asyncio
import contextlib
import json
import math
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

import asyncpg
import psutil
from confluent_kafka import Producer

from deploy.local.logins import client
from tests.alerts.floods import requests
from tests.alerts.stage import COORDINATOR, Stage
from tests.waiting import eventually

HEARERS = ("matching", "engagement", "notifications", "webhooks")
"""Who hears of profiles."""
LATE = 7.0
"""Seconds: an event that takes longer was not told in time."""
_HEARD = "SELECT FROM engagement.programs WHERE program_id = ANY($1::uuid[]) OFFSET $2"


@asynccontextmanager
async def kafka_is_stopped(stage: Stage) -> AsyncIterator[None]:
    """Kafka stops; somebody opens a program, another changes a profile, and both get their answers all the same."""
    stage.stop("kafka")
    await stage.open_program()
    await stage.change_profile()
    yield
    stage.start("kafka")


@asynccontextmanager
async def postgres_is_stopped(stage: Stage) -> AsyncIterator[None]:
    """PostgreSQL stops while people ask."""
    token = stage.instance.token(COORDINATOR, "coordinator")
    async with requests(f"{stage.places['services']['matching']}/v1/programs", token, at_once=10, pause=0.2):
        stage.stop("postgres")
        yield
        stage.start("postgres")


@asynccontextmanager
async def a_service_is_stopped(stage: Stage) -> AsyncIterator[None]:
    """Engagement does not run."""
    stage.stop("engagement")
    yield
    stage.start("engagement")


@asynccontextmanager
async def a_process_is_killed_again_and_again(stage: Stage) -> AsyncIterator[None]:
    """SIGKILL to profiles, each time that it has answered again, until the fault is over."""
    killing = asyncio.create_task(_kill_again(stage, "profiles"))
    yield
    killing.cancel()
    await asyncio.gather(killing, return_exceptions=True)


async def _kill_again(stage: Stage, part: str) -> None:
    while True:
        await eventually(lambda: stage.ask(f'up{{service="{part}"}} == 1'), within=60)
        os.kill(stage.pid(part), signal.SIGKILL)
        await eventually(lambda: stage.ask(f'up{{service="{part}"}} == 0'), within=60)


@asynccontextmanager
async def a_broken_record(stage: Stage) -> AsyncIterator[None]:
    """A record that is no event is sent by hand, and lies there for two days (its row is made older)."""
    places = stage.places
    headers = {
        "ce_id": "0f0f0f0f-0000-4000-8000-000000000001",
        "ce_source": "/mentoring/profiles",
        "ce_type": "mentoring.profile-updated.v1",
        "ce_subject": "rb-third",
        "ce_time": "2027-05-10T00:00:00Z",
        "ce_sequence": "1",
    }
    producer = Producer(client(",".join(places["kafka"]), places["kafka_admin"]))
    body = json.dumps({"person_id": "rb-third", "roles": "all of them"}).encode()
    wire: list[tuple[str, str | bytes | None]] = [(name, value.encode()) for name, value in headers.items()]
    producer.produce("profiles.person.v1", key="rb-third", value=body, headers=wire)
    producer.flush(10)
    await eventually(lambda: stage.sql("SELECT FROM matching.parked WHERE state = 'parked'"), within=60)
    await stage.sql("UPDATE matching.parked SET parked_at = parked_at - interval '2 days'")
    yield
    for service in HEARERS:
        for row in await stage.sql(f"SELECT id FROM {service}.parked WHERE state = 'parked'"):
            stage.cli(service, "parked", "discard", str(row["id"]), "--by", "Ada", "--reason", "sent by hand")


@asynccontextmanager
async def a_lock_is_held(stage: Stage) -> AsyncIterator[None]:
    """Somebody has locked matching's table of people; a profile changes."""
    connection = await asyncpg.connect(stage.places["postgres"]["admin"])
    try:
        await connection.execute("BEGIN; LOCK TABLE matching.people")
        await stage.change_profile()
        yield
    finally:
        await connection.close(timeout=5)


@asynccontextmanager
async def connections_are_held(stage: Stage) -> AsyncIterator[None]:
    """Somebody has locked matching's programs, and two people ask for them, eight times at once each."""
    connection = await asyncpg.connect(stage.places["postgres"]["admin"])
    url = f"{stage.places['services']['matching']}/v1/programs"
    # Nobody may hold more than half of the places, so it takes two to use up ten connections.
    one, two = (stage.instance.token(f"{COORDINATOR}-{number}", "coordinator") for number in (1, 2))
    try:
        async with requests(url, one, at_once=8), requests(url, two, at_once=8):
            await connection.execute("BEGIN; LOCK TABLE matching.programs")
            yield
            await connection.execute("ROLLBACK")
    finally:
        await connection.close(timeout=5)


@asynccontextmanager
async def a_flood(stage: Stage) -> AsyncIterator[None]:
    """Four people ask 150 times at once each, without a pause; sixteen are served at a time, 256 may wait."""
    url = f"{stage.places['services']['matching']}/v1/programs"
    # One alone may hold half of the places, and is told so at once: the line would never fill.
    tokens = [stage.instance.token(f"{COORDINATOR}-{number}", "coordinator") for number in range(4)]
    async with AsyncExitStack() as floods:
        all_answers = [await floods.enter_async_context(requests(url, token, at_once=150)) for token in tokens]
        yield
    assert all(answers[200] > 0 for answers in all_answers), "those who get in must be served"


@asynccontextmanager
async def the_mail_server_is_stopped(stage: Stage) -> AsyncIterator[None]:
    """No mail server, and a cohort run's offers go out."""
    stage.stop("smtp")
    program = await stage.open_program()
    run = await stage.api.post(COORDINATOR, "coordinator", "matching", f"/v1/programs/{program}/runs", about=program)
    path = f"/v1/runs/{run['run_id']}"
    await _until(stage, path, "completed")
    await stage.api.post(COORDINATOR, "coordinator", "matching", f"{path}/offers", about=program)
    yield
    stage.start("smtp")
    await stage.turn_clock(stage.now + timedelta(minutes=30))


async def _until(stage: Stage, path: str, state: str, *, within: float = 120) -> None:
    async def look() -> str:
        found: str = (await stage.api.get(COORDINATOR, "coordinator", "matching", path))["state"]
        return found

    await eventually(look, lambda found: found == state, within=within)


@asynccontextmanager
async def mailboxes_do_not_exist(stage: Stage) -> AsyncIterator[None]:
    """A dozen addresses of the HR directory are wrong: the server refuses them for good (550)."""
    await stage.sql("UPDATE notifications.people SET email = person_id || '@refused.example'")
    program = await stage.open_program()
    run = await stage.api.post(COORDINATOR, "coordinator", "matching", f"/v1/programs/{program}/runs", about=program)
    await _until(stage, f"/v1/runs/{run['run_id']}", "completed")
    await stage.api.post(COORDINATOR, "coordinator", "matching", f"/v1/runs/{run['run_id']}/offers", about=program)
    yield
    await stage.sql("UPDATE notifications.people SET email = person_id || '@corp.example'")


@asynccontextmanager
async def a_timer_fails(stage: Stage) -> AsyncIterator[None]:
    """A timer whose handler fails each time: its key is no match."""
    await stage.sql(
        "INSERT INTO matching.timers (kind, key, due_at, correlation_id)"
        " VALUES ('offer-lapses', 'not-a-match', now() - interval '10 minutes', gen_random_uuid())"
    )
    yield
    await stage.sql("DELETE FROM matching.timers WHERE key = 'not-a-match'")


@asynccontextmanager
async def the_worker_of_a_run_is_killed(stage: Stage) -> AsyncIterator[None]:
    """SIGKILL to the process that computes a run, as often as it is begun again: ten times, then it is given up."""
    program = await stage.open_program()
    killing = asyncio.create_task(_kill_workers(stage))
    await stage.api.post(COORDINATOR, "coordinator", "matching", f"/v1/programs/{program}/runs", about=program)
    yield
    killing.cancel()
    await asyncio.gather(killing, return_exceptions=True)


async def _worker(stage: Stage) -> psutil.Process:
    """The process that computes a run, as soon as there is one."""

    def computing() -> psutil.Process | None:
        for child in service.children():
            with contextlib.suppress(psutil.Error):
                if child.status() != psutil.STATUS_ZOMBIE and "spawn_main" in " ".join(child.cmdline()):
                    return child
        return None

    service = psutil.Process(stage.pid("matching"))
    found: psutil.Process = await eventually(computing, within=math.inf)
    return found


async def _kill_workers(stage: Stage) -> None:
    while True:
        (await _worker(stage)).kill()


@asynccontextmanager
async def a_run_stands_still(stage: Stage) -> AsyncIterator[None]:
    """SIGSTOP to the process that computes a run."""
    program = await stage.open_program()
    stopping = asyncio.create_task(_stop_worker(stage))
    run = await stage.api.post(COORDINATOR, "coordinator", "matching", f"/v1/programs/{program}/runs", about=program)
    worker = await stopping
    yield
    worker.resume()
    await _until(stage, f"/v1/runs/{run['run_id']}", "completed")


async def _stop_worker(stage: Stage) -> psutil.Process:
    worker = await _worker(stage)
    worker.suspend()
    return worker


@asynccontextmanager
async def a_consumer_sleeps(stage: Stage) -> AsyncIterator[None]:
    """SIGSTOP to engagement until what waits is seven seconds old, again and again, while programs are opened."""
    sleeping = asyncio.create_task(_nap(stage, "engagement"))
    yield
    sleeping.cancel()
    await asyncio.gather(sleeping, return_exceptions=True)


def _is_past(instant: float) -> bool:
    return time.monotonic() > instant


async def _nap(stage: Stage, part: str) -> None:
    process = psutil.Process(stage.pid(part))
    try:
        while True:
            process.suspend()
            opened = [await stage.open_program() for _ in range(3)]
            rested = time.monotonic() + LATE
            await eventually(partial(_is_past, rested), within=math.inf)
            process.resume()
            await eventually(partial(stage.sql, _HEARD, opened, len(opened) - 1), within=math.inf)
    finally:
        process.resume()
