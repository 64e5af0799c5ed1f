"""Groups that people opted into, over HTTP: reported, never told, never read back."""

import pytest

from contracts.profiles import PersonLeft
from services.matching.__main__ import SERVICE
from tests.service.matching_example import PROGRAM, Example, a_mentee, a_mentor, compute_here

PEOPLE = [f"m-{n}" for n in range(10)]
TABLE = "person,group\n" + "".join(f"{one},{'day' if at % 2 else 'night'}\n" for at, one in enumerate(PEOPLE))


@pytest.fixture
async def spring(a_world, monkeypatch):
    """An open program with ten mentees and one mentor with three seats."""
    compute_here(monkeypatch)
    world = await a_world(SERVICE)
    await world.hear(*map(a_mentee, PEOPLE), a_mentor("t-1", seats=3))
    return await Example(world).open()


async def put(example, table, by=None, kind="text/csv"):
    path = f"/v1/programs/{example.program_id}/groups"
    return await (by or example.coordinator).put(path, content=table, headers={"Content-Type": kind})


async def report_of(example, run_id):
    return (await example.coordinator.get(f"/v1/runs/{run_id}/report")).json()


async def test_a_run_reports_the_groups_and_no_event_holds_them(spring):
    before = await spring.run()
    answer = await put(spring, TABLE)
    assert (answer.status_code, answer.json()["groups"], answer.json()["people"]) == (200, 2, 10)
    run_id = await spring.run()
    told = (await report_of(spring, run_id))["groups"]
    assert [(each["name"], each["mentees"], each["entitled"]) for each in told] == [("day", 5, 3), ("night", 5, 3)]
    assert sum(each["matched"] for each in told) == 3
    assert (await report_of(spring, before))["groups"] == []
    pairs = [(await spring.coordinator.get(f"/v1/runs/{each}/pairs")).json() for each in (before, run_id)]
    assert pairs[0] == pairs[1]
    assert not [event for event in await spring.world.told() if "night" in event.body()]
    assert (await put(spring, "person,group\n")).json()["groups"] == 0
    assert (await report_of(spring, await spring.run()))["groups"] == []


async def test_what_somebody_said_goes_with_them(spring):
    await put(spring, TABLE)
    count = "SELECT count(*) FROM group_members WHERE person_id = 'm-1'"
    assert await spring.world.pool.fetchval(count) == 1
    await spring.world.hear(PersonLeft(person_id="m-1", left_on="2027-01-10"), sequence=5)
    assert await spring.world.pool.fetchval(count) == 0
    refused = await put(spring, TABLE)
    assert (refused.status_code, "Line 3: nobody here has the id `m-1`" in refused.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("table", "kind", "sentence"),
    [
        ("person,group\nm-1,a\nm-1,a\n", "text/csv", "line 3: the same as line 2"),
        ("person,group\nghost,a\n", "text/csv", "Line 2: nobody here has the id `ghost`"),
        ("", "text/csv", "The table is empty"),
        ("person,group\nm-1,\u00e4\n".encode("latin-1"), "text/csv", "not UTF-8: byte 17"),
        ("person,group\nm-1,a\0\n", "text/csv", "line 2"),
        ("{}", "application/json", "as text/csv"),
    ],
)
async def test_a_wrong_table_changes_nothing_and_says_why(spring, table, kind, sentence):
    await put(spring, TABLE)
    refused = await put(spring, table, kind=kind)
    assert refused.status_code == 422, refused.text
    assert sentence in refused.json()["detail"]
    assert await spring.world.pool.fetchval("SELECT count(*) FROM group_members") == 10


async def test_groups_are_for_those_who_look_after_the_program(spring):
    for role, status in (("participant", 403), ("administrator", 403), ("coordinator", 404)):
        assert (await put(spring, TABLE, by=spring.world.client(role, "m-1"))).status_code == status


async def test_a_program_that_asks_for_it_is_steered_and_its_event_holds_no_groups(spring):
    fair = {"steer": True, "most_loss_ppm": 100_000}
    wider = [a_mentee(f"x-{n}", style={"pace": 1}) for n in range(5)]
    await spring.world.hear(*wider, a_mentor("t-2", seats=3))
    changed = await spring.coordinator.put(f"/v1/programs/{spring.program_id}", json=PROGRAM | {"fairness": fair})
    assert (changed.status_code, changed.json()["fairness"]) == (200, fair)
    lines = [*(f"{one},on" for one in PEOPLE), *(f"x-{n},off" for n in range(5))]
    await put(spring, "\n".join(["person,group", *lines]))
    run_id = await spring.run()
    told = (await report_of(spring, run_id))["fairness"]
    run = (await spring.coordinator.get(f"/v1/runs/{run_id}")).json()
    assert (run["matched"], run["gap_ppm"]) == (run["matched_bound"], told["price_ppm"])
    assert told["gap_after_ppm"] < told["gap_before_ppm"]
    refused = await spring.coordinator.put(
        f"/v1/programs/{spring.program_id}", json=PROGRAM | {"fairness": fair | {"most_loss_ppm": 100_001}}
    )
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "fairness.most_loss_ppm")
