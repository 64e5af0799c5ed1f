"""A run is run again: its people as they were, by its policy and by another one; until they leave or it is too old."""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

import pytest

from contracts.profiles import PersonLeft
from services.matching.__main__ import SERVICE
from services.matching.handlers import what_ifs
from services.matching.population import Population
from tests.harness import MONDAY
from tests.service.matching_example import PROGRAM, Example, a_mentee, a_mentor, compute_here
from tests.waiting import eventually

NEED_NOTHING = {"need": 0.0, "goals": 0.52, "style": 0.18, "preference": 0.1, "hours": 0.08, "language": 0.06}
OTHER = {"weights": NEED_NOTHING | {"seniority": 0.06}}


@pytest.fixture
async def spring(a_world, monkeypatch):
    """Twelve mentees, six of them in a group, and eight mentors; choices, rulings and a boss."""
    compute_here(monkeypatch)
    world = await a_world(SERVICE)
    mentees = [a_mentee(f"m-{n}", style={"pace": 1 + n % 5}, manager_id="boss") for n in range(12)]
    mentors = [a_mentor(f"t-{n}", style={"pace": 1 + n % 5}, manager_id="boss") for n in range(8)]
    await world.hear(*mentees, *mentors)
    example = await Example(world).open()
    path = f"/v1/programs/{example.program_id}"
    table = "person,group\n" + "".join(f"m-{n},nights\n" for n in range(6))
    headers = {"Content-Type": "text/csv"}
    answers = [
        await example.coordinator.put(f"{path}/groups", content=table, headers=headers),
        await example.coordinator.put(f"{path}/rulings/m-1/t-1", json={"verdict": "pinned"}),
        await example.coordinator.put(f"{path}/rulings/m-2/t-2", json={"verdict": "forbidden"}),
        await example.person("m-3").put(f"{path}/choices/t-3", json={"rank": 1}),
        await example.person("m-4").put(f"{path}/choices/t-4", json={"refuse": True}),
    ]
    assert {answer.status_code < 300 for answer in answers} == {True}, [answer.text for answer in answers]
    return example


async def asked(example, **body):
    return await example.coordinator.post(f"/v1/programs/{example.program_id}/what-if", json=PROGRAM | body)


async def answered(example, **body):
    answer = await asked(example, **body)
    assert answer.status_code == 202, answer.text
    await example.world.run_jobs()
    return (await example.coordinator.get(f"/v1/what-ifs/{answer.json()['what_if_id']}")).json()


async def changes_of(example, found):
    path = f"/v1/what-ifs/{found['what_if_id']}/changes"
    return (await example.coordinator.get(path)).json()["items"]


async def digest_of(example, run_id):
    return (await example.coordinator.get(f"/v1/runs/{run_id}/certificate")).json()["inputs_sha256"]


async def everything_changes(example):
    """Everybody is asked, the weights are others, some have other profiles; what a run looks at is another company."""
    await example.world.hear(*[a_mentor(f"t-{n}", style={"pace": 5}, level=9) for n in range(8)], sequence=90)
    await example.world.hear(a_mentee("m-new"), sequence=91)
    path = f"/v1/programs/{example.program_id}"
    assert (await example.coordinator.put(path, json=PROGRAM | OTHER)).status_code == 200


async def test_a_run_run_again_with_its_policy_has_its_input_and_its_pairs(spring):
    run_id = await spring.run()
    await spring.release(run_id)
    await everything_changes(spring)
    found = await answered(spring, run_id=run_id)
    assert (found["state"], found["run_id"], found["policy_version"]) == ("completed", run_id, 1), found
    difference = found["difference"]
    assert (difference["same_inputs"], difference["lost"]) == (True, 0)
    stored = await spring.world.pool.fetchval("SELECT result FROM what_ifs")
    sides = [stored[side]["certificate"]["inputs_sha256"] for side in ("now", "then")]
    assert sides == [await digest_of(spring, run_id)] * 2
    run = (await spring.coordinator.get(f"/v1/runs/{run_id}")).json()
    assert (difference["now"]["matched"], difference["now"]["score"]) == (run["matched"], run["score"])
    pairs = (await spring.coordinator.get(f"/v1/runs/{run_id}/pairs")).json()["items"]
    assert (difference["keep"], await changes_of(spring, found)) == (len(pairs), [])
    assert difference["score_then"] == sum(pair["score"] for pair in pairs)


async def test_another_policy_shows_who_changes_and_how_each_group_fares(spring):
    run_id = await spring.run()
    await spring.release(run_id)
    before = await answered(spring, **OTHER)
    assert before["difference"]["now"]["matched"] == 0, "today everybody with a seat is being asked"
    found = await answered(spring, run_id=run_id, **OTHER)
    difference, changes = found["difference"], await changes_of(spring, found)
    assert changes
    assert difference["change"] + difference["gain"] + difference["lose"] == len(changes)
    had = {pair["mentee_id"]: pair["mentor_id"] for pair in await pairs_of(spring, run_id)}
    assert all(each["mentor_now"] == had.get(each["mentee_id"]) for each in changes)
    groups = {(each["by"], each["name"]): each for each in difference["groups"]}
    nights = groups["group", "nights"]
    assert (nights["now"]["mentees"], nights["then"]["mentees"]) == (5, 5), "one of the six is pinned"
    assert nights["then"]["coverage_ppm"] == nights["then"]["matched"] * 1_000_000 // 5
    path, headers = f"/v1/programs/{spring.program_id}/groups", {"Content-Type": "text/csv"}
    assert (await spring.coordinator.put(path, content="person,group\n", headers=headers)).status_code == 200
    again = (await answered(spring, run_id=run_id, **OTHER))["difference"]
    assert "group" not in {each["by"] for each in again["groups"]}, "forgotten groups are forgotten in old runs too"
    assert again["same_inputs"]


async def pairs_of(example, run_id):
    return (await example.coordinator.get(f"/v1/runs/{run_id}/pairs")).json()["items"]


async def test_only_completed_runs_of_this_program_that_are_still_stored(spring):
    path = f"/v1/programs/{spring.program_id}/runs"
    queued = (await spring.coordinator.post(path)).json()["run_id"]
    refused = await asked(spring, run_id=queued)
    assert (refused.status_code, "run is queued" in refused.json()["detail"]) == (409, True)
    await spring.world.run_jobs()
    elsewhere = await Example(spring.world).open()
    for example, run_id in ((elsewhere, queued), (spring, str(uuid4()))):
        refused = await asked(example, run_id=run_id)
        assert (refused.status_code, "of this program" in refused.json()["detail"]) == (404, True), refused.text
    assert (await asked(spring, run_id="it")).status_code == 422
    stranger = spring.world.client("coordinator", "c-2")
    body = PROGRAM | {"run_id": queued}
    assert (await stranger.post(f"/v1/programs/{spring.program_id}/what-if", json=body)).status_code == 404
    await spring.world.running.set_clock(MONDAY + timedelta(days=401))
    await spring.world.run_jobs()
    assert await spring.world.pool.fetchval("SELECT count(*) FROM run_populations") == 0
    refused = await asked(spring, run_id=queued)
    assert (refused.status_code, "not stored (any more)" in refused.json()["detail"]) == (409, True)
    assert len(await pairs_of(spring, queued)) == 8, "the result stays"


async def test_one_that_goes_while_it_is_waited_for_is_said(spring):
    run_id = await spring.run()
    answer = await asked(spring, run_id=run_id)
    await spring.world.pool.execute("DELETE FROM run_populations")
    await spring.world.run_jobs()
    found = (await spring.coordinator.get(f"/v1/what-ifs/{answer.json()['what_if_id']}")).json()
    assert (found["state"], "not stored" in found["problem"]) == ("failed", True)


async def test_a_closed_program_can_still_be_learned_from(spring):
    run_id = await spring.run()
    assert (await spring.coordinator.post(f"/v1/programs/{spring.program_id}/close")).status_code == 200
    assert (await asked(spring)).status_code == 409
    assert (await answered(spring, run_id=run_id))["difference"]["same_inputs"]


async def test_who_leaves_is_in_no_answer_from_then_on_and_soon_in_nothing_that_is_stored(spring):
    run_id = await spring.run()
    await spring.world.hear(PersonLeft(person_id="m-3", left_on=date(2027, 1, 4)), sequence=50)
    found = (await answered(spring, run_id=run_id))["difference"]
    assert (found["lost"], found["same_inputs"]) == (1, False)
    assert found["now"]["mentees"] == 10
    await spring.world.running.set_clock(MONDAY + timedelta(hours=2))
    for left, lost in ((19, 1), (19, 1)):
        await spring.world.run_jobs()
        kept = await spring.world.pool.fetchrow("SELECT people, body, lost FROM run_populations")
        assert (len(kept["people"]), kept["lost"]) == (left, lost)
        assert '"m-3"' not in Population.unpacked(kept["body"]).model_dump_json()
    again = (await answered(spring, run_id=run_id))["difference"]
    assert (again["lost"], again["same_inputs"], again["keep"]) == (1, False, found["keep"])


async def test_who_left_while_the_run_was_computed_is_taken_out_of_it(spring, monkeypatch):
    async def slowly(work, cohort, _board):
        await spring.world.hear(PersonLeft(person_id="t-5", left_on=date(2027, 1, 4)), sequence=50)
        return work(cohort)

    monkeypatch.setattr("services.matching.handlers.computing.in_worker", slowly)
    await spring.run()
    kept = await spring.world.pool.fetchrow("SELECT people, lost FROM run_populations")
    assert ("t-5" in kept["people"], kept["lost"]) == (False, 1)


async def test_a_what_if_says_how_far_it_is_and_is_begun_again_after_a_kill(spring, monkeypatch):
    run_id = await spring.run()
    path = f"/v1/what-ifs/{(await asked(spring, run_id=run_id)).json()['what_if_id']}"

    async def halfway(_work, _question, board):
        board.write("best matching and proof", 0.5)
        await asyncio.Event().wait()

    async def seen():
        return (await spring.coordinator.get(path)).json()

    with monkeypatch.context() as patched:
        patched.setattr(what_ifs, "in_worker", halfway)
        job = asyncio.create_task(what_ifs.compute_next(spring.world.running))
        found = await eventually(seen, lambda found: found["phase"])
        assert (found["state"], found["phase"], found["done"]) == ("running", "best matching and proof", 0.5)
        job.cancel()
        await asyncio.wait([job])
    await spring.world.run_jobs()
    assert (await seen())["state"] == "completed"


async def test_a_cancelled_what_if_stops_its_worker_and_makes_room(spring, monkeypatch):
    path = f"/v1/what-ifs/{(await asked(spring)).json()['what_if_id']}/cancel"
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def long(*_):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    stranger = spring.world.client("coordinator", "c-2")
    assert (await stranger.post(path)).status_code == 404
    with monkeypatch.context() as patched:
        patched.setattr(what_ifs, "in_worker", long)
        job = asyncio.create_task(what_ifs.compute_next(spring.world.running))
        await begun.wait()
        for _ in ("once", "twice"):
            answer = await spring.coordinator.post(path)
            assert (answer.status_code, answer.json()["state"]) == (200, "cancelled"), answer.text
        await job
    assert stopped.is_set()
    waiting = (await asked(spring)).json()["what_if_id"]
    assert (await spring.coordinator.post(f"/v1/what-ifs/{waiting}/cancel")).json()["state"] == "cancelled"
    completed = (await answered(spring))["what_if_id"]
    refused = await spring.coordinator.post(f"/v1/what-ifs/{completed}/cancel")
    assert (refused.status_code, "completed" in refused.json()["detail"]) == (409, True)


async def test_what_a_run_took_in_is_stored_with_its_result_or_not_at_all(spring, monkeypatch):
    async def never_saved(*_args, **_more):
        raise ValueError("the disk is full")

    await spring.coordinator.post(f"/v1/programs/{spring.program_id}/runs")
    with monkeypatch.context() as patched:
        patched.setattr("services.matching.handlers.computing.populations.insert", never_saved)
        with pytest.raises(ValueError, match="full"):
            await spring.world.run_jobs()
    assert await spring.world.pool.fetchval("SELECT state FROM runs") == "running"
    await spring.world.run_jobs()
    assert await spring.world.pool.fetchval("SELECT count(*) FROM run_populations") == 1
