"""Cohort runs: durable, computed once, released once."""

import asyncio

import pytest

from contracts.matching import MatchProposed, MatchRunCompleted
from services.matching.__main__ import SERVICE
from services.matching.handlers import computing
from services.matching.handlers.working import cohort_of
from services.matching.progress import Board
from services.matching.store import runs
from services.matching.worker import compute
from tests.harness import MONDAY
from tests.service.matching_example import PROGRAM, Example, a_mentee, a_mentor
from tests.waiting import eventually


@pytest.fixture
async def spring(a_world):
    """An open program with three mentees and two mentors."""
    world = await a_world(SERVICE)
    mentees = [a_mentee(f"m-{n}") for n in (1, 2, 3)]
    await world.hear(*mentees, a_mentor("t-1"), a_mentor("t-2"))
    return await Example(world).open()


async def test_a_run_is_queued_computed_and_told_with_its_proof(spring):
    run_id = await spring.run()
    run = (await spring.coordinator.get(f"/v1/runs/{run_id}")).json()
    assert (run["state"], run["matched"], run["matched_bound"], run["gap_ppm"]) == ("completed", 2, 2, 0)
    [told] = await spring.world.told(MatchRunCompleted)
    assert (str(told.run_id), told.mentees, told.mentors, told.seats, told.matched) == (run_id, 3, 2, 2, 2)
    certificate = (await spring.coordinator.get(f"/v1/runs/{run_id}/certificate")).json()
    assert certificate["score"] == told.score == run["score"]
    pairs = (await spring.coordinator.get(f"/v1/runs/{run_id}/pairs")).json()["items"]
    assert sum(pair["score"] for pair in pairs) == told.score
    assert all(pair["reasons"] and sum(pair["parts"].values()) == pair["score"] for pair in pairs)
    [unmatched] = (await spring.coordinator.get(f"/v1/runs/{run_id}/unmatched")).json()["items"]
    assert {unmatched["mentee_id"]} | {pair["mentee_id"] for pair in pairs} == {"m-1", "m-2", "m-3"}
    assert unmatched["reason"]


async def test_pairs_are_read_page_by_page(spring):
    run_id = await spring.run()
    first = (await spring.coordinator.get(f"/v1/runs/{run_id}/pairs", params={"limit": 1})).json()
    rest = {"limit": 1, "cursor": first["next"]}
    second = (await spring.coordinator.get(f"/v1/runs/{run_id}/pairs", params=rest)).json()
    assert first["items"][0]["mentee_id"] < second["items"][0]["mentee_id"]
    assert second["next"] is None


async def test_one_run_of_a_program_at_a_time(spring):
    path = f"/v1/programs/{spring.program_id}/runs"
    answers = await asyncio.gather(*(spring.coordinator.post(path) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409]
    run_id = next(answer.json()["run_id"] for answer in answers if answer.status_code == 202)
    refused = await spring.coordinator.post(f"/v1/runs/{run_id}/offers")
    assert (refused.status_code, "queued" in refused.json()["detail"]) == (409, True)
    assert (await spring.world.running.work())["busy"]["runs"] == 1
    await spring.world.run_jobs()
    assert (await spring.coordinator.post(path)).status_code == 202


async def test_a_run_killed_in_the_middle_is_begun_again_and_told_once(spring, monkeypatch):
    answer = await spring.coordinator.post(f"/v1/programs/{spring.program_id}/runs")
    reached = asyncio.Event()

    async def never(*_):
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(computing, "in_worker", never)
        killed = asyncio.create_task(computing.compute_next(spring.world.running))
        await reached.wait()
        assert not await computing.compute_next(spring.world.running), "a second process finds it taken"
        killed.cancel()
        await asyncio.wait([killed])
    assert await spring.world.told(MatchRunCompleted) == []
    await spring.world.run_jobs()
    run = (await spring.coordinator.get(f"/v1/runs/{answer.json()['run_id']}")).json()
    assert run["state"] == "completed"
    assert len(await spring.world.told(MatchRunCompleted)) == 1


async def test_two_processes_that_compute_the_same_run_tell_it_once(spring, monkeypatch):
    await spring.coordinator.post(f"/v1/programs/{spring.program_id}/runs")
    answers, both = [], asyncio.Barrier(2)
    compute = computing.in_worker

    async def together(*question):
        answers.append(await compute(*question))
        await both.wait()
        return answers[-1]

    monkeypatch.setattr(computing, "in_worker", together)
    [run_id] = await spring.world.pool.fetchrow("SELECT run_id FROM runs")
    await asyncio.gather(*(computing._compute(spring.world.running, run_id) for _ in range(2)))
    assert len(answers) == 2
    assert len(await spring.world.told(MatchRunCompleted)) == 1


async def test_a_run_that_never_ends_is_given_up_and_makes_room(spring):
    answer = await spring.coordinator.post(f"/v1/programs/{spring.program_id}/runs")
    await spring.world.pool.execute("UPDATE runs SET attempts = 10, state = 'running'")
    await spring.world.run_jobs()
    run = (await spring.coordinator.get(f"/v1/runs/{answer.json()['run_id']}")).json()
    assert (run["state"], "ask again" in run["problem"]) == ("failed", True)
    assert (await spring.coordinator.post(f"/v1/programs/{spring.program_id}/runs")).status_code == 202


async def test_releasing_twice_asks_nobody_twice(spring):
    run_id = await spring.run()
    first, second = await asyncio.gather(spring.release(run_id), spring.release(run_id))
    assert first == second
    assert len(await spring.world.told(MatchProposed)) == 2
    assert await spring.release(run_id) == first


async def test_releasing_looks_again_and_names_what_it_skips(spring):
    run_id = await spring.run()
    pairs = (await spring.coordinator.get(f"/v1/runs/{run_id}/pairs")).json()["items"]
    gone, kept = pairs
    await spring.world.hear(a_mentor(gone["mentor_id"], seats=0), sequence=50)
    released = await spring.release(run_id)
    assert released["offered"] == 1
    assert [(each["mentee_id"], each["skipped"]) for each in released["skipped"]] == [
        (gone["mentee_id"], "This mentor has no free seat.")
    ]
    [proposed] = await spring.world.told(MatchProposed)
    assert proposed.mentee_id == kept["mentee_id"]


async def test_a_second_run_leaves_those_alone_who_are_being_asked(spring):
    await spring.release(await spring.run())
    again = await spring.run()
    run = (await spring.coordinator.get(f"/v1/runs/{again}")).json()
    assert (run["mentees"], run["seats"], run["matched"]) == (1, 0, 0)


async def test_a_program_takes_only_its_job_families_and_two_programs_share_seats(spring):
    await spring.world.hear(a_mentee("e-1", function="Engineering"), a_mentor("e-2", function="engineering"))
    only = await Example(spring.world).open(functions=["engineering"])
    await only.release(await only.run())
    [proposed] = await spring.world.told(MatchProposed)
    assert (proposed.mentee_id, proposed.mentor_id) == ("e-1", "e-2")
    refused = await spring.asks("m-1", "e-2")
    assert (refused.status_code, "no free seat" in refused.json()["detail"]) == (409, True)
    assert (await only.asks("m-1", "t-1")).status_code == 409


async def test_programs_are_versioned_and_refuse_what_makes_no_sense(spring):
    path = f"/v1/programs/{spring.program_id}"
    read = await spring.coordinator.get(path)
    changed = await spring.coordinator.put(
        path, json=PROGRAM | {"meeting_every_days": 7}, headers={"If-Match": read.headers["etag"]}
    )
    assert (changed.json()["policy_version"], changed.json()["meeting_every_days"]) == (2, 7)
    assert changed.json()["coordinators"] == ["c-1"]
    same = await spring.coordinator.put(path, json=PROGRAM | {"meeting_every_days": 7})
    assert same.json()["policy_version"] == 2
    late = await spring.coordinator.put(path, json=PROGRAM, headers={"If-Match": read.headers["etag"]})
    assert late.status_code == 412
    wrong = {
        "weights": PROGRAM | {"weights": {"need": 0.9}},
        "ends_on": PROGRAM | {"ends_on": "2027-01-01"},
        "rules.speed": PROGRAM | {"rules": {"speed": 1}},
        "checkin_days": PROGRAM | {"checkin_days": [45, 14]},
        "rules": PROGRAM | {"rules": {"seniority_gap": [3, 1]}},
    }
    for field, body in wrong.items():
        answer = await spring.coordinator.post("/v1/programs", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("starts_on", {"starts_on": "9999-12-31"}),
        ("body", {"starts_on": "2000-01-01", "ends_on": "2199-12-31"}),
        ("checkin_days.1", {"checkin_days": [14, 10**30]}),
        ("rules", {"rules": {"seniority_gap": [0, 10**30]}}),
        ("functions.0", {"functions": ["x" * 100_000]}),
        ("meeting_every_days", {"meeting_every_days": True}),
    ],
)
async def test_a_program_that_no_calendar_or_event_could_hold_is_refused(spring, field, more):
    answer = await spring.coordinator.post("/v1/programs", json={**PROGRAM, "length_weeks": None, **more})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text


async def test_who_may_see_and_manage_programs(spring):
    path = f"/v1/programs/{spring.program_id}"
    stranger = spring.world.client("coordinator", "c-2")
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.put(path, json=PROGRAM)).status_code == 404
    assert (await stranger.post(f"{path}/runs")).status_code == 404
    assert (await spring.person("m-1").get(path)).status_code == 200
    assert (await spring.person("m-1").post("/v1/programs", json=PROGRAM)).status_code == 403
    administrator = spring.world.client("administrator", "a-1")
    assert (await administrator.post(f"{path}/close")).status_code == 200
    assert (await spring.person("m-1").get(path)).status_code == 404
    assert (await spring.person("m-1").get("/v1/programs")).json()["items"] == []
    assert len((await spring.coordinator.get("/v1/programs")).json()["items"]) == 1
    assert spring.world.clock.now() == MONDAY


async def test_a_run_says_how_far_it_is(spring, monkeypatch):
    answer = await spring.coordinator.post(f"/v1/programs/{spring.program_id}/runs")
    goes_on, compute = asyncio.Event(), computing.in_worker

    async def halfway(work, cohort, board):
        board.write("best matching and proof", 0.5, 3)
        await goes_on.wait()
        return await compute(work, cohort, board)

    async def seen():
        return (await spring.coordinator.get(f"/v1/runs/{answer.json()['run_id']}")).json()

    monkeypatch.setattr(computing, "in_worker", halfway)
    job = asyncio.create_task(computing.compute_next(spring.world.running))
    run = await eventually(seen, lambda run: run["phase"])
    assert (run["state"], run["phase"], run["done"]) == ("running", "best matching and proof", 0.5)
    assert run["matched_bound_so_far"] == 3
    goes_on.set()
    await job
    assert (await seen())["state"] == "completed"


async def test_a_worker_writes_on_the_board_of_its_service(spring):
    await spring.coordinator.post(f"/v1/programs/{spring.program_id}/runs")
    board = Board()
    [run_id] = await spring.world.pool.fetchrow("SELECT run_id FROM runs")
    run = await spring.world.running.database.run(lambda tx: runs.find(tx, run_id))
    cohort = await spring.world.running.database.run(lambda tx: cohort_of(tx, run.program_id, run.policy_version))
    await computing.in_worker(compute, cohort, board)
    assert board.read().phase == "reasons"


async def test_a_cancelled_run_stops_its_worker_has_no_result_and_makes_room(spring, monkeypatch):
    path = f"/v1/programs/{spring.program_id}/runs"
    run_id = (await spring.coordinator.post(path)).json()["run_id"]
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def long(*_):
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.set()
            raise

    with monkeypatch.context() as patched:
        patched.setattr(computing, "in_worker", long)
        job = asyncio.create_task(computing.compute_next(spring.world.running))
        await begun.wait()
        for _ in ("once", "twice"):
            answer = await spring.coordinator.post(f"/v1/runs/{run_id}/cancel")
            assert (answer.status_code, answer.json()["state"]) == (200, "cancelled"), answer.text
        await job
    assert stopped.is_set()
    assert await spring.world.told(MatchRunCompleted) == []
    refused = await spring.coordinator.get(f"/v1/runs/{run_id}/pairs")
    assert (refused.status_code, "cancelled" in refused.json()["detail"]) == (409, True)
    assert (await spring.coordinator.get(f"/v1/runs/{await spring.run()}")).json()["state"] == "completed"


async def test_a_run_that_is_queued_can_be_cancelled_and_one_that_is_completed_cannot(spring):
    run_id = (await spring.coordinator.post(f"/v1/programs/{spring.program_id}/runs")).json()["run_id"]
    assert (await spring.coordinator.post(f"/v1/runs/{run_id}/cancel")).json()["state"] == "cancelled"
    refused = await spring.coordinator.post(f"/v1/runs/{await spring.run()}/cancel")
    assert (refused.status_code, "completed" in refused.json()["detail"]) == (409, True)
    stranger = spring.world.client("coordinator", "c-2")
    assert (await stranger.post(f"/v1/runs/{run_id}/cancel")).status_code == 404


async def test_a_report_says_who_was_served_what_is_short_and_who_would_swap(spring):
    await spring.world.hear(*[a_mentee(f"m-{n}", function="Sales") for n in range(10, 22)])
    run_id = await spring.run()
    report = (await spring.coordinator.get(f"/v1/runs/{run_id}/report")).json()
    run = (await spring.coordinator.get(f"/v1/runs/{run_id}")).json()
    assert (report["stability"]["matched"], report["stability"]["score"]) == (run["matched"], run["score"])
    assert report["stability"]["stable_matched"] <= run["matched"]
    by_function = {each["name"]: each for each in report["segments"] if each["by"] == "function"}
    assert {name: each["mentees"] for name, each in by_function.items()} == {"(others)": 15}, (
        "three are too few to tell"
    )
    assert by_function["(others)"]["entitled"] == run["matched_bound"]
    assert report["shortages"] == [{"skill": "SQL", "seats": run["mentees"] - run["matched"]}]
    mentors = (await spring.coordinator.get(f"/v1/runs/{run_id}/mentors", params={"limit": 1})).json()
    assert [(each["mentor_id"], each["seats"], each["taken"]) for each in mentors["items"]] == [("t-1", 1, 1)]
    assert mentors["items"][0]["price"] > 0
    assert mentors["next"]
