"""Pairs that a coordinator decides: kept by runs, shortlists and offers, or refused with what they collide with."""

import pytest

from contracts.matching import MatchProposed
from services.matching.__main__ import SERVICE
from tests.service.matching_example import Example, a_mentee, a_mentor


@pytest.fixture
async def spring(a_world):
    """An open program with three mentees and two mentors."""
    world = await a_world(SERVICE)
    await world.hear(*[a_mentee(f"m-{n}") for n in (1, 2, 3)], a_mentor("t-1"), a_mentor("t-2"))
    return await Example(world).open()


async def rule(example, mentee, mentor, verdict, by=None):
    path = f"/v1/programs/{example.program_id}/rulings/{mentee}/{mentor}"
    return await (by or example.coordinator).put(path, json={"verdict": verdict})


async def pairs(example, run_id):
    found = (await example.coordinator.get(f"/v1/runs/{run_id}/pairs")).json()["items"]
    return {(pair["mentee_id"], pair["mentor_id"]): pair for pair in found}


async def test_every_pinned_pair_is_kept_and_the_rest_is_proven(spring):
    for mentee in ("m-1", "m-2", "m-3"):
        assert (await rule(spring, mentee, "t-2", "pinned")).status_code == 200
        run_id = await spring.run()
        found = await pairs(spring, run_id)
        assert found[mentee, "t-2"]["pinned"]
        assert sum(found[mentee, "t-2"]["parts"].values()) == found[mentee, "t-2"]["score"]
        assert [pair["pinned"] for pair in found.values()].count(True) == 1
        run = (await spring.coordinator.get(f"/v1/runs/{run_id}")).json()
        assert (run["mentees"], run["seats"], run["matched"], run["matched_bound"], run["gap_ppm"]) == (2, 1, 1, 1, 0)
        await spring.coordinator.delete(f"/v1/programs/{spring.program_id}/rulings/{mentee}/t-2")
    assert not any(pair["pinned"] for pair in (await pairs(spring, await spring.run())).values())


async def test_a_forbidden_pair_is_in_no_run_no_shortlist_and_no_request(spring):
    for mentee in ("m-1", "m-2"):
        await rule(spring, mentee, "t-1", "forbidden")
    assert {mentee for mentee, mentor in await pairs(spring, await spring.run()) if mentor == "t-1"} == {"m-3"}
    query = {"program": str(spring.program_id)}
    listed = (await spring.person("m-1").get("/v1/people/m-1/candidates", params=query)).json()
    assert [each["mentor_id"] for each in listed["items"]] == ["t-2"]
    refused = await spring.asks("m-1", "t-1")
    assert (refused.status_code, "ruled this pair out" in refused.json()["detail"]) == (409, True)


async def test_a_pair_that_is_forbidden_after_the_run_is_not_offered(spring):
    run_id = await spring.run()
    (mentee, mentor), *_ = await pairs(spring, run_id)
    await rule(spring, mentee, mentor, "forbidden")
    released = await spring.release(run_id)
    assert [(each["mentee_id"], each["skipped"]) for each in released["skipped"]] == [
        (mentee, "A coordinator ruled this pair out.")
    ]
    assert (mentee, mentor) not in {(told.mentee_id, told.mentor_id) for told in await spring.world.told(MatchProposed)}


async def test_pins_that_collide_are_all_named_before_anything_is_computed(spring):
    await spring.world.hear(a_mentor("t-3", team="one"), a_mentee("m-4", team="one"), sequence=50)
    for mentee, mentor in (("m-1", "t-1"), ("m-2", "t-1"), ("m-4", "t-3"), ("m-3", "t-2")):
        assert (await rule(spring, mentee, mentor, "pinned")).status_code == 200
    refused = await spring.coordinator.post(f"/v1/programs/{spring.program_id}/runs")
    assert refused.status_code == 409
    said = refused.json()["detail"]
    assert "m-1 with t-1: Only 1 seat is free for m-1, m-2." in said
    assert "m-2 with t-1" in said
    assert "m-4 with t-3: The two are in the same team." in said
    assert "m-3" not in said


async def test_a_pin_that_no_longer_holds_leaves_its_mentee_unmatched_and_says_why(spring):
    await rule(spring, "m-1", "t-1", "pinned")
    answer = await spring.coordinator.post(f"/v1/programs/{spring.program_id}/runs")
    await spring.world.hear(a_mentor("t-1", seats=0), sequence=50)
    await spring.world.run_jobs()
    unmatched = await spring.coordinator.get(f"/v1/runs/{answer.json()['run_id']}/unmatched")
    told = {each["mentee_id"]: each for each in unmatched.json()["items"]}
    assert told["m-1"]["rule"] == "pinned"
    assert told["m-1"]["reason"] == "Pinned to t-1. This mentor has no free seat."


async def test_whoever_has_an_offer_already_is_left_alone_by_their_pin(spring):
    await rule(spring, "m-1", "t-1", "pinned")
    await spring.release(await spring.run())
    run = (await spring.coordinator.get(f"/v1/runs/{await spring.run()}")).json()
    assert (run["mentees"], run["seats"]) == (1, 0)


async def test_rulings_are_listed_changed_and_taken_back(spring):
    await rule(spring, "m-2", "t-1", "pinned")
    await rule(spring, "m-1", "t-1", "forbidden")
    await rule(spring, "m-2", "t-1", "forbidden")
    path = f"/v1/programs/{spring.program_id}/rulings"
    first = (await spring.coordinator.get(path, params={"limit": 1})).json()
    second = (await spring.coordinator.get(path, params={"limit": 1, "cursor": first["next"]})).json()
    [one, other] = first["items"] + second["items"]
    assert (one["mentee_id"], other["mentee_id"], other["verdict"], other["ruled_by"]) == (
        "m-1",
        "m-2",
        "forbidden",
        "c-1",
    )
    for _ in ("once", "twice"):
        assert (await spring.coordinator.delete(f"{path}/m-1/t-1")).status_code == 204
    assert [each["mentee_id"] for each in (await spring.coordinator.get(path)).json()["items"]] == ["m-2"]


async def test_what_cannot_be_ruled_is_said(spring):
    await rule(spring, "m-1", "t-1", "pinned")
    twice = await rule(spring, "m-1", "t-2", "pinned")
    assert (twice.status_code, "pinned to t-1 already" in twice.json()["detail"]) == (409, True)
    unknown = await rule(spring, "nobody", "t-1", "pinned")
    assert (unknown.status_code, "obody here has the id nobody" in unknown.json()["detail"]) == (404, True)
    assert (await rule(spring, "m-1", "m-1", "pinned")).json()["errors"][0]["field"] == "mentor_id"
    assert (await rule(spring, "m-1", "t-1", "perhaps")).json()["errors"][0]["field"] == "verdict"
    assert (await rule(spring, "m-1", "t-1", "pinned", by=spring.world.client("coordinator", "c-2"))).status_code == 404
    assert (await rule(spring, "m-1", "t-1", "pinned", by=spring.person("m-1"))).status_code == 403
