"""What another policy would change: both results beside each other, and nobody is told."""

import pytest

from contracts.matching import MatchRunCompleted, ProgramUpdated
from services.matching.__main__ import SERVICE
from tests.service.matching_example import PROGRAM, Example, a_mentee, a_mentor

ONLY_STYLE = {
    name: float(name == "style") for name in ("need", "goals", "style", "preference", "hours", "language", "seniority")
}


@pytest.fixture
async def spring(a_world):
    """Two mentees, two mentors; by skills m-1 belongs to t-1, by style to t-2."""
    world = await a_world(SERVICE)
    await world.hear(
        a_mentee("m-1", style={"pace": 1}),
        a_mentee("m-2", style={"pace": 3}, wants=(), goals="sing"),
        a_mentor("t-1", style={"pace": 5}),
        a_mentor("t-2", style={"pace": 1}, skills=()),
    )
    return await Example(world).open()


async def what_if(example, **other):
    answer = await example.coordinator.post(f"/v1/programs/{example.program_id}/what-if", json=PROGRAM | other)
    assert answer.status_code == 202, answer.text
    await example.world.run_jobs()
    path = f"/v1/what-ifs/{answer.json()['what_if_id']}"
    return (await example.coordinator.get(path)).json(), (await example.coordinator.get(f"{path}/changes")).json()


def changed(mentee, now, then, score_now, score_then):
    names = {"mentee_id": mentee, "mentor_now": now, "mentor_then": then}
    gains = None if score_now is None or score_then is None else score_then - score_now
    return names | {"score_now": score_now, "score_then": score_then, "difference": gains}


async def test_other_weights_show_who_would_change_and_what_is_gained(spring):
    found, changes = await what_if(spring, weights=ONLY_STYLE)
    assert found["state"] == "completed", found
    difference = found["difference"]
    assert (difference["now"]["matched"], difference["then"]["matched"]) == (2, 2)
    assert changes["items"] == [
        changed("m-1", "t-1", "t-2", 0, 10_000_000),
        changed("m-2", "t-2", "t-1", 5_000_000, 5_000_000),
    ]
    counts = {name: difference[name] for name in ("keep", "change", "gain", "lose", "forbidden")}
    assert counts == {"keep": 0, "change": 2, "gain": 0, "lose": 0, "forbidden": 0}
    assert [(side["coverage_ppm"], side["matched"]) for side in (difference["now"], difference["then"])] == [
        (1_000_000, 2),
        (1_000_000, 2),
    ]
    assert difference["then"]["mean_score"] == 7_500_000
    assert (difference["score_now"], difference["score_then"]) == (5_000_000, 15_000_000)


async def test_a_stricter_rule_shows_who_would_lose_their_mentor(spring):
    found, changes = await what_if(spring, rules={"min_completeness": 0.8})
    difference = found["difference"]
    assert difference["forbidden"] == 1
    assert difference["then"]["matched"] == 1
    assert difference["lose"] == 1
    assert changed("m-2", "t-2", None, None, None) in changes["items"]


async def test_nothing_is_changed_and_nobody_is_told(spring):
    same, changes = await what_if(spring)
    assert (same["difference"]["keep"], changes["items"]) == (2, [])
    await what_if(spring, weights=ONLY_STYLE)
    assert await spring.world.told(MatchRunCompleted) == []
    assert await spring.world.told(ProgramUpdated) == []
    assert (await spring.coordinator.get(f"/v1/programs/{spring.program_id}")).json()["policy_version"] == 1
    why_not = await spring.coordinator.get("/v1/people/m-1/why-not/t-2", params={"program": str(spring.program_id)})
    assert why_not.json().get("loss") is None, "no run was made that could tell"


async def test_one_at_a_time_of_ones_own_programs_and_only_what_makes_sense(spring):
    path = f"/v1/programs/{spring.program_id}/what-if"
    wrong = await spring.coordinator.post(path, json=PROGRAM | {"weights": {"need": 0.9}})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "weights")
    first = await spring.coordinator.post(path, json=PROGRAM)
    assert (await spring.coordinator.post(path, json=PROGRAM)).status_code == 409
    assert (await spring.world.running.work())["busy"]["what_ifs"] == 1
    asked = f"/v1/what-ifs/{first.json()['what_if_id']}"
    assert (await spring.coordinator.get(f"{asked}/changes")).status_code == 409
    stranger = spring.world.client("coordinator", "c-2")
    assert (await stranger.post(path, json=PROGRAM)).status_code == 404
    assert (await stranger.get(asked)).status_code == 404
    assert (await spring.person("m-1").get(asked)).status_code == 403


async def test_one_that_never_ends_is_given_up(spring):
    path = f"/v1/programs/{spring.program_id}/what-if"
    asked = (await spring.coordinator.post(path, json=PROGRAM)).json()
    await spring.world.pool.execute("UPDATE what_ifs SET attempts = 10, state = 'running'")
    await spring.world.run_jobs()
    found = (await spring.coordinator.get(f"/v1/what-ifs/{asked['what_if_id']}")).json()
    assert (found["state"], "ask again" in found["problem"]) == ("failed", True)
