"""The same request twice changes things once: what an `Idempotency-Key` promises on every route."""

import asyncio
from uuid import uuid4

from tests.service.http_fixtures import client, is_problem, world, written

__all__ = ["client", "world"]


async def test_the_same_request_twice_changes_things_once_and_is_answered_the_same(world, client):
    key = {"Idempotency-Key": str(uuid4())}
    first = await client.post("/v1/notes", json={"words": "Zoë"}, headers=key)
    again = await client.post("/v1/notes", json={"words": "Zoë"}, headers=key)
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await written(world) == 1


async def test_an_answer_without_a_body_is_given_again_as_well(world):
    administrator = world.client("administrator")
    for _ in range(2):
        answer = await administrator.post("/v1/notes/forget", headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["idempotency-replayed"] == "true"


async def test_a_key_used_for_another_body_is_refused(world, client):
    key = {"Idempotency-Key": "k"}
    await client.post("/v1/notes", json={"words": "a"}, headers=key)
    problem = is_problem(await client.post("/v1/notes", json={"words": "b"}, headers=key), 422, "new key")
    assert problem["errors"][0]["field"] == "Idempotency-Key"
    assert await written(world) == 1


async def test_two_people_may_use_the_same_key(world, client):
    for one in (client, world.client("participant", "p-2")):
        await one.post("/v1/notes", json={"words": "a"}, headers={"Idempotency-Key": "k"})
    assert await written(world) == 2


async def test_a_refusal_is_not_kept(world, client):
    key = {"Idempotency-Key": "k"}
    is_problem(await client.post("/v1/notes", json={"words": "torn"}, headers=key), 409)
    answer = await client.post("/v1/notes", json={"words": "whole"}, headers=key)
    assert answer.status_code == 201


async def test_twenty_at_once_with_one_key_change_things_once_and_hear_the_same(world, client):
    key = {"Idempotency-Key": "k"}
    answers = await asyncio.gather(*(client.post("/v1/notes", json={"words": "a"}, headers=key) for _ in range(20)))
    assert {(each.status_code, each.content) for each in answers} == {(201, answers[0].content)}
    assert await written(world) == 1


async def test_a_key_out_of_bounds_is_named(client):
    answer = await client.post("/v1/notes", json={"words": "a"}, headers={"Idempotency-Key": "x" * 201})
    is_problem(answer, 422, "Idempotency-Key", "visible ASCII")
