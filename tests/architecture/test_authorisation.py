"""A participant's token opens nothing of somebody else's, on any route of any service: made from OpenAPI.

A new route is covered the day it is written. If it takes a path parameter or a body that no seed knows, the
test says so; without a valid request of Anna's the refusal of Ben's would prove nothing.
"""

import importlib
import json
import re
from typing import Any
from uuid import uuid4

import pytest

from tests.architecture.authorisation_seeds import ANNA, BEN, MARK, SEEDS, Seed
from tests.harness import World

REFUSALS = {403, 404}
UNKNOWN = {"run_id", "what_if_id", "import_id", "task_id", "subscription_id"}
"""Parameters of routes that participants may not use at all: any id will do."""

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(params=SEEDS)
async def seeded(request, a_world) -> tuple[World, Seed, list[Operation]]:
    """A service with Anna's things in it, and its routes."""
    world = await a_world(importlib.import_module(f"services.{request.param}.__main__").SERVICE)
    seed = await SEEDS[request.param](world)
    document = (await world.anonymous().get("/openapi.json")).json()
    routes = [
        (method.upper(), path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return world, seed, routes


def is_open_to_participants(route: Operation) -> bool:
    return "participant" in route[2]["x-roles"]


async def ask(client: Any, seed: Seed, route: Operation) -> Any:
    """The request as Anna would make it about her own thing, sent by whoever this is."""
    method, path, operation = route
    for name in re.findall(r"{(\w+)}", path):
        value = seed.ids.get(name) or (str(uuid4()) if name in UNKNOWN else None)
        assert value, f"{method} {path}: tell authorisation_seeds.py which {name} is Anna's"
        path = path.replace(f"{{{name}}}", value)
    body = seed.bodies.get((method, route[1]))
    needs_one = operation.get("requestBody", {}).get("required") and is_open_to_participants(route)
    assert body is not None or not needs_one, f"{method} {route[1]}: give authorisation_seeds.py a valid body"
    wanted = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
    query = {name: value for name, value in seed.query.items() if name in wanted}
    return await client.request(method, path, params=query, json=body)


async def kept(world: World) -> dict[str, str]:
    """A digest of each table."""
    tables = await world.pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    )
    names = [row["tablename"] for row in tables if row["tablename"] != "idempotency_keys"]
    query = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t"
    return {name: await world.pool.fetchval(query.format(name)) for name in names}


async def test_without_a_token_every_route_is_closed(seeded):
    world, seed, routes = seeded
    nobody = world.anonymous()
    for route in routes:
        answer = await ask(nobody, seed, route)
        assert answer.status_code == 401, (route[:2], answer.text)


async def test_what_is_not_for_participants_is_closed_to_them(seeded):
    world, seed, routes = seeded
    before, anna = await kept(world), world.client("participant", ANNA)
    for route in routes:
        if not is_open_to_participants(route):
            answer = await ask(anna, seed, route)
            assert answer.status_code in REFUSALS, (route[:2], answer.text)
    assert await kept(world) == before


async def test_nobody_reads_or_changes_what_is_somebody_elses(seeded):
    world, seed, routes = seeded
    before, told, ben = await kept(world), await world.told(), world.client("participant", BEN)
    for route in foreign(seed, routes):
        answer = await ask(ben, seed, route)
        assert answer.status_code in REFUSALS, (route[:2], answer.status_code, answer.text)
        assert not reveals(answer, seed), (route[:2], answer.text)
    assert await kept(world) == before
    assert await world.told() == told


def foreign(seed: Seed, routes: list[Operation]) -> list[Operation]:
    return [
        route for route in routes if is_open_to_participants(route) and "{" in route[1] and route[:2] not in seed.shared
    ]


def reveals(answer: Any, seed: Seed) -> bool:
    """Whether a refusal says more than what was asked."""
    asked = set(seed.ids.values())
    others = {ANNA, MARK} - asked
    return any(re.search(rf"\b{name}\b", answer.text) for name in others)


async def test_lists_hold_ones_own_things_only(seeded):
    world, seed, routes = seeded
    hers = {*seed.ids.values(), ANNA}
    anna, ben = (world.client("participant", person) for person in (ANNA, BEN))
    for route in routes:
        if is_open_to_participants(route) and route[0] == "GET" and "{" not in route[1]:
            if route[:2] in seed.shared:
                continue
            answer = await ask(ben, seed, route)
            assert answer.status_code == 200, (route[:2], answer.text)
            assert not [value for value in hers if json.dumps(value) in answer.text], route[:2]
            own = await ask(anna, seed, route)
            assert own.json()["items"], f"{route[:2]}: Anna's own list is empty, so this shows nothing"


async def test_the_requests_that_were_refused_are_good_ones(seeded):
    """Anna makes them all herself; what a change before made impossible is a 409."""
    world, seed, routes = seeded
    anna = world.client("participant", ANNA)
    for route in sorted(foreign(seed, routes), key=lambda route: (route[0] != "GET", route[1].endswith("/close"))):
        answer = await ask(anna, seed, route)
        assert answer.status_code < 300 or answer.status_code == 409, (route[:2], answer.status_code, answer.text)


async def test_exceptions_name_routes_that_exist(seeded):
    _, seed, routes = seeded
    known = {route[:2] for route in routes}
    assert {*seed.shared, *seed.bodies} <= known
