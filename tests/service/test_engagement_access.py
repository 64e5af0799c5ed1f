"""Who sees and changes what: your own, your programs', what your scope names; anything else does not exist."""

from uuid import uuid4

import pytest

from services.engagement.domain.relationship import relationship_id_of
from tests.service.test_engagement_life import (
    COORDINATOR,
    MENTEE,
    MENTOR,
    WISH,
    a_match,
    a_pair,
    at,
    names,
    open_checkins,
    state,
    turn_to,
)

MEETING = {"starts_at": at(8, 14).isoformat(), "channel": "video"}


async def everything(a_world):
    """A pair with a meeting and an open check-in, and the requests that touch them."""
    world, relationship_id, _ = await a_pair(a_world)
    path = f"/v1/relationships/{relationship_id}"
    meeting = (await world.client("participant", MENTEE).post(f"{path}/meetings", json=MEETING)).json()
    await turn_to(world, at(14, 8))
    (checkin,) = await open_checkins(world, MENTEE)
    changes = [
        ("PUT", f"{path}/agreement", WISH),
        ("POST", f"{path}/meetings", MEETING | {"starts_at": at(20).isoformat()}),
        ("PUT", f"/v1/meetings/{meeting['id']}", MEETING | {"starts_at": at(20).isoformat()}),
        ("POST", f"/v1/meetings/{meeting['id']}/held", None),
        ("POST", f"/v1/meetings/{meeting['id']}/cancel", None),
        ("POST", f"/v1/checkins/{checkin['id']}/answer", {"pulse": 1}),
        ("POST", f"{path}/close", None),
    ]
    return world, path, changes


async def test_somebody_elses_things_do_not_exist(a_world):
    world, path, changes = await everything(a_world)
    before, told = await state(world), await names(world)
    stranger = world.client("participant", "p-9999")
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.get("/v1/relationships")).json()["items"] == []
    assert (await stranger.get("/v1/checkins")).json()["items"] == []
    for method, address, body in changes:
        answer = await stranger.request(method, address, json=body)
        assert answer.status_code == 404, (method, address)
        assert MENTEE not in answer.text
    assert (await state(world), await names(world)) == (before, told)


async def test_a_partner_cannot_answer_or_see_the_others_checkin(a_world):
    world, path, changes = await everything(a_world)
    mentor = world.client("participant", MENTOR)
    method, address, body = changes[5]
    assert (await mentor.request(method, address, json=body)).status_code == 404
    assert {each["person_id"] for each in (await mentor.get(path)).json()["checkins"]} == {MENTOR}


async def test_a_coordinator_sees_the_state_of_the_pairs_of_their_programs_and_changes_nothing(a_world):
    world, path, changes = await everything(a_world)
    coordinator = world.client("coordinator", COORDINATOR)
    seen = (await coordinator.get(path)).json()
    assert {each["person_id"] for each in seen["checkins"]} == {MENTEE, MENTOR}
    assert all("pulse" not in each for each in seen["checkins"])
    assert [each["id"] for each in (await coordinator.get("/v1/relationships")).json()["items"]] == [seen["id"]]
    for method, address, body in changes:
        assert (await coordinator.request(method, address, json=body)).status_code == 403
    other = world.client("coordinator", "c-9")
    assert (await other.get(path)).status_code == 404
    assert (await other.get("/v1/relationships")).json()["items"] == []


async def test_administrators_see_no_content_of_relationships(a_world):
    world, path, changes = await everything(a_world)
    administrator = world.client("administrator", COORDINATOR)
    for address in ("/v1/relationships", path, f"{path}/notes", "/v1/checkins", "/v1/tasks"):
        assert (await administrator.get(address)).status_code == 403
    for method, address, body in changes:
        assert (await administrator.request(method, address, json=body)).status_code == 403


async def test_system_accounts_read_what_their_scope_names(a_world):
    world, path, changes = await everything(a_world)
    reader = world.client("system", "reporting", scopes=("engagement.read",))
    assert (await reader.get(path)).status_code == 200
    assert len((await reader.get("/v1/relationships")).json()["items"]) == 1
    for without in (world.client("system", "hr"), world.client("system", MENTEE, scopes=("profiles.import",))):
        refused = await without.get("/v1/relationships")
        assert refused.status_code == 403
        assert "engagement.read" in refused.json()["detail"]
    for method, address, body in changes:
        assert (await reader.request(method, address, json=body)).status_code == 403


async def test_a_coordinator_who_is_one_of_the_pair_sees_it_as_one_of_the_pair(a_world):
    from chassis.http.tokens import Caller
    from services.engagement.api.looking import look_at
    from services.engagement.api.viewers import viewer_of

    world, relationship_id, _ = await a_pair(a_world)
    await world.client("participant", MENTEE).put(f"/v1/relationships/{relationship_id}/agreement", json=WISH)
    viewer = viewer_of(Caller(MENTOR, frozenset({"participant", "coordinator"})))
    async with world.running.database.transaction(read_only=True) as tx:
        seen = await look_at(tx, relationship_id, viewer)
    assert seen.agreement.mentee is None
    assert {each.person_id for each in seen.checkins} == {MENTOR}


@pytest.mark.parametrize("address", ["/v1/relationships/{}", "/v1/relationships/{}/notes"])
async def test_what_does_not_exist_is_not_found(a_world, address):
    world, _, _ = await a_pair(a_world)
    assert (await world.client("coordinator", COORDINATOR).get(address.format(uuid4()))).status_code == 404


async def test_lists_come_newest_first_filtered_and_page_by_page(a_world):
    world, relationship_id, match = await a_pair(a_world)
    others = [a_match(mentee=f"p-{number}") for number in range(5)]
    for number, other in enumerate(others):
        await world.clock.set(at(1, number))
        await world.hear(other)
    mentor = world.client("participant", MENTOR)
    seen, cursor = [], None
    while True:
        page = (
            await mentor.get("/v1/relationships", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        ).json()
        seen += [each["match_id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [str(each.match_id) for each in [*reversed(others), match]]
    await mentor.post(f"/v1/relationships/{relationship_id}/close")
    for status, expected in (("closed", 1), ("running", 5)):
        page = (await mentor.get("/v1/relationships", params={"status": status})).json()
        assert len(page["items"]) == expected
        page = (await mentor.get("/v1/relationships", params={"program": str(uuid4())})).json()
        assert page["items"] == []
    assert (await mentor.get("/v1/relationships", params={"cursor": "nonsense"})).status_code == 422
    first = await world.client("participant", "p-0").get(f"/v1/relationships/{relationship_id_of(others[0].match_id)}")
    assert first.json()["mentor_id"] == MENTOR
