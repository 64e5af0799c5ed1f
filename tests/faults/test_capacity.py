"""F21: 10 000 people say yes at once to few mentors, over HTTP to two processes; no seat is given away twice."""

import asyncio
from collections import Counter
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


async def test_f21_ten_thousand_accepts_at_once_overrun_no_seat(row, a_world, processes, keys, scale):
    with row("F21", **({"case": "1 000 accepts at once on 50 mentors"} if scale(True, False) else {})) as f21:
        world = await a_world(SERVICE)
        seats = {f"t-{n:02}": n % 3 + 1 for n in range(MENTORS)}
        matches = await ask(world, seats, each=scale(20, 200))
        answers = await accept(await processes(world.database), matches, keys)
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
    gate = asyncio.Semaphore(AT_ONCE)
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(timeout=120, limits=limits) as client:

        async def one(number: int, match: UUID, mentor: str) -> httpx.Response:
            url = f"{procs[number % len(procs)].url}/v1/matches/{match}/accept"
            headers = {"Authorization": f"Bearer {tokens[mentor]}", "Idempotency-Key": str(match)}
            while True:
                try:
                    async with gate:
                        answer = await client.post(url, headers=headers)
                except httpx.TransportError:  # a connection opened ahead and never used is closed after 15 s
                    continue
                if answer.status_code not in AGAIN:
                    return answer

        asked = [one(number, match, mentor) for number, (match, mentor) in enumerate(matches.items())]
        return dict(zip(matches, await asyncio.gather(*asked), strict=True))
