"""F21: 10 000 people say yes at once to few mentors, over HTTP to two processes; no seat is given away twice."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from contracts.matching import MatchAccepted, MatchWithdrawn
from deploy.local import identity
from deploy.local.topics import create_topics
from services.matching.__main__ import SERVICE
from tests.faults.rig.process import Proc
from tests.service.matching_example import Example, a_mentee, a_mentor

MENTORS = 50
AT_ONCE = 900
"""In flight at any moment; one process serves at most 1 024 and refuses more with 503."""
EACH = 50
AGAIN = {429, 503}


@pytest.fixture
async def processes(databases, kafka, keys, tmp_path):
    """Two API processes of matching on one database: `start(name)` gives them."""
    made: list[Proc] = []

    async def start(database: str) -> list[Proc]:
        create_topics(kafka)
        env = {
            "MENTORING_ENVIRONMENT": "test",
            "MENTORING_DATABASE_URL": databases.dsn("matching_app", database),
            "MENTORING_KAFKA_BROKERS": "127.0.0.1:9",  # what was told stays in the outbox, to be counted
            "MENTORING_JWKS_URL": (keys / "jwks.json").as_uri(),
            "MENTORING_TOKEN_ISSUER": identity.ISSUER,
            "MENTORING_TEST_CLOCK": "true",
            "MENTORING_REQUESTS_PER_SECOND": "100000",
            "MENTORING_LOG_LEVEL": "warning",
        }
        for number in range(2):
            name = f"matching-{number}"
            made.append(Proc(name, "services.matching", env | {"MENTORING_INSTANCE": name}, tmp_path, role="api"))
        return list(await asyncio.gather(*(proc.start().ready() for proc in made)))

    yield start
    for proc in made:
        proc.close()


@pytest.mark.full  # a thousand at once, in one process: tests/service/test_matching_capacity.py
async def test_f21_ten_thousand_accepts_at_once_overrun_no_seat(row, a_world, processes, keys):
    with row("F21") as f21:
        world = await a_world(SERVICE)
        seats = {f"t-{n:02}": n % 3 + 1 for n in range(MENTORS)}
        matches = await ask(world, seats, each=200)
        procs = await processes(world.database)
        begun = time.monotonic()
        answers = await accept(procs, matches, keys)
        f21.measured["seconds"] = round(time.monotonic() - begun, 1)
        f21.inject("accepts", len(answers))
        won = Counter(matches[match] for match, answer in answers.items() if answer.status_code == 200)
        assert won == seats, "every seat is given away, and not one more"
        assert Counter(answer.status_code for answer in answers.values()) == {
            200: sum(seats.values()),
            409: len(matches) - sum(seats.values()),
        }
        f21.measured["seats given"] = sum(won.values())
        assert Counter(event.mentor_id for event in await world.told(MatchAccepted)) == seats
        assert len(await world.told(MatchWithdrawn)) == len(matches) - sum(seats.values())
        taken = await world.pool.fetch("SELECT mentor_id, count(*) AS n FROM seats GROUP BY mentor_id")
        assert {row["mentor_id"]: row["n"] for row in taken} == seats


async def ask(world, seats: dict[str, int], *, each: int) -> dict[UUID, str]:
    """That many mentees ask each mentor; gives the mentor of each match."""
    mentees = {f"m-{n:05}": f"t-{n % MENTORS:02}" for n in range(MENTORS * each)}
    await world.hear(*(a_mentor(mentor, seats=count) for mentor, count in seats.items()))
    await world.hear(*(a_mentee(mentee) for mentee in mentees))
    example = await Example(world).open()
    made = await example.all_ask(mentees)
    await world.forget_told()
    return made


async def accept(procs: list[Proc], matches: dict[UUID, str], keys: Path) -> dict[UUID, httpx.Response]:
    """Every mentor says yes to every match, all at once, alternating between the processes."""
    tokens = {mentor: identity.issue(keys, mentor, ["participant"]) for mentor in set(matches.values())}
    left = iter(enumerate(matches.items()))
    answers: dict[UUID, httpx.Response] = {}

    async def caller(client: httpx.AsyncClient) -> None:
        for number, (match, mentor) in left:
            url = f"{procs[number % len(procs)].url}/v1/matches/{match}/accept"
            headers = {"Authorization": f"Bearer {tokens[mentor]}", "Idempotency-Key": str(match)}
            answers[match] = await _until_answered(client, url, headers)

    async with AsyncExitStack() as stack:  # a pool of 900 connections is searched for each request; small ones are not
        clients = [await stack.enter_async_context(httpx.AsyncClient(timeout=120)) for _ in range(AT_ONCE // EACH)]
        await asyncio.gather(*(caller(client) for client in clients for _ in range(EACH)))
    return answers


async def _until_answered(client: httpx.AsyncClient, url: str, headers: dict[str, str]) -> httpx.Response:
    while True:
        try:
            answer = await client.post(url, headers=headers)
        except httpx.TransportError:  # a connection that lay idle may be closed at the moment it is used
            continue
        if answer.status_code not in AGAIN:
            return answer
