"""People over HTTP, with a real database."""

import pytest

from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from services.profiles.__main__ import SERVICE

ADA = {"name": "Ada", "email": "ada@corp.example", "time_zone": "Europe/Berlin", "languages": ["en", "de"]}


@pytest.fixture
async def world(a_world):
    made = await a_world(SERVICE)
    system = made.client("system")
    for person_id in ("p-1", "p-2"):
        answer = await system.put(f"/v1/people/{person_id}", json={**ADA, "level": 5})
        assert answer.status_code == 200, answer.text
    await made.forget_told()
    return made


async def test_a_person_is_entered_and_told(a_world):
    world = await a_world(SERVICE)
    answer = await world.client("system").put(
        "/v1/people/p-1", json={**ADA, "skills": [{"skill": "Python", "level": 4, "teach": True}], "roles": ["mentor"]}
    )

    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"1"'
    shown = answer.json()
    assert (shown["state"], shown["name"], shown["mentor_seats"]) == ("here", "Ada", 1)
    assert shown["skills"] == [{"skill": "python", "level": 4, "teach": True, "evidence": "self"}]
    assert [type(event) for event in await world.told()] == [ContactUpdated, ProfileUpdated]


async def test_putting_the_same_again_tells_nothing(world):
    answer = await world.client("system").put("/v1/people/p-1", json={**ADA, "level": 5})
    assert answer.json()["version"] == 1
    assert await world.told() == []


async def test_people_see_themselves_and_nobody_else(world):
    mine = world.client("participant", "p-1")
    assert (await mine.get("/v1/people/p-1")).json()["email"] == "ada@corp.example"
    for method, body in (("GET", None), ("PATCH", {"goals": "x"}), ("PUT", ADA)):
        assert (await mine.request(method, "/v1/people/p-2", json=body)).status_code == 404
    assert (await mine.delete("/v1/people/p-1")).status_code == 403
    assert (await mine.get("/v1/people")).status_code == 403


async def test_coordinators_see_people_without_name_and_address(world):
    shown = (await world.client("coordinator").get("/v1/people/p-1")).json()
    assert (shown["name"], shown["email"], shown["level"]) == (None, None, 5)


async def test_people_are_listed_page_by_page(world):
    client = world.client("administrator")
    first = (await client.get("/v1/people", params={"limit": 1})).json()
    second = (await client.get("/v1/people", params={"limit": 1, "cursor": first["next"]})).json()
    assert [person["person_id"] for page in (first, second) for person in page["items"]] == ["p-1", "p-2"]
    assert second["next"] is None
    assert (await client.get("/v1/people", params={"left": True})).json()["items"] == []


async def test_people_change_what_is_theirs(world):
    mine = world.client("participant", "p-1")
    answer = await mine.patch("/v1/people/p-1", json={"goals": "Lead; ada@corp.example", "mentor_seats": 2})
    assert answer.status_code == 200, answer.text
    assert [(event.goals, event.mentor_seats) for event in await world.told()] == [("Lead; [address]", 2)]

    refused = await mine.patch("/v1/people/p-1", json={"level": 12})
    assert refused.status_code == 403
    assert "HR directory" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"time_zone": "Berlin"}, "time_zone"),
        ({"email": "ada"}, "email"),
        ({"name": None}, "name"),
        ({"skills": [{"skill": "x", "level": 9}]}, "skills"),
        ({"working_hours": ["9-5"]}, "working_hours"),
        ({"shoe_size": 43}, "shoe_size"),
        ({"manager_id": "p-99"}, "manager_id"),
        ({"joined_on": "2027-01-02", "left_on": "2027-01-01"}, "left_on"),
    ],
)
async def test_a_value_that_makes_no_sense_names_its_field(world, body, field):
    answer = await world.client("system").patch("/v1/people/p-1", json=body)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_circle_of_managers_is_refused(world):
    client = world.client("system")
    assert (await client.patch("/v1/people/p-1", json={"manager_id": "p-2"})).status_code == 200
    answer = await client.patch("/v1/people/p-2", json={"manager_id": "p-1"})
    assert (answer.status_code, "circle" in answer.json()["detail"]) == (422, True)


async def test_two_editors_do_not_overwrite_each_other_unseen(world):
    client = world.client("system")
    assert (await client.patch("/v1/people/p-1", json={"level": 6}, headers={"If-Match": '"1"'})).status_code == 200
    late = await client.patch("/v1/people/p-1", json={"level": 7}, headers={"If-Match": '"1"'})
    assert late.status_code == 412


async def test_leaving_is_told_once_and_ends_changes_until_they_are_back(world):
    client = world.client("system")
    for _ in range(2):
        answer = await client.delete("/v1/people/p-1")
        assert (answer.status_code, answer.json()["state"]) == (200, "left")
    assert [type(event) for event in await world.told()] == [PersonLeft]
    assert (await client.patch("/v1/people/p-1", json={"level": 6})).status_code == 409

    assert (await client.put("/v1/people/p-1", json=ADA)).json()["state"] == "here"
    assert [type(event) for event in await world.told()] == [PersonLeft, ProfileUpdated]


async def test_nobody_is_found_under_an_unknown_id(world):
    client = world.client("system")
    for method in ("GET", "DELETE"):
        assert (await client.request(method, "/v1/people/p-99")).status_code == 404
    assert (await client.patch("/v1/people/p-99", json={"level": 1})).status_code == 404
