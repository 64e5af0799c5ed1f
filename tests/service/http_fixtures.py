"""The tiny service of the HTTP tests on a database of its own, a client, and what a problem looks like."""

import asyncpg
import pytest

from tests.service.http_example import EXAMPLE, TABLE


@pytest.fixture
async def world(a_world, databases):
    world = await a_world(EXAMPLE)
    owner = await asyncpg.connect(databases.dsn("engagement_owner", world.database))
    await owner.execute(TABLE)
    await owner.close()
    return world


@pytest.fixture
def client(world):
    return world.client("participant", "p-1")


async def written(world):
    return await world.pool.fetchval("SELECT count(*) FROM notes")


def is_problem(answer, status, *words):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "errors", "trace_id"}
    assert problem["status"] == status
    assert len(problem["trace_id"]) == 32
    assert all(word in answer.text for word in words), answer.text
    return problem
