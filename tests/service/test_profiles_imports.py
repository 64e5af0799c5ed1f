"""HR files on their way in, with a real database."""

import csv
import io

import pytest

from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from services.profiles.__main__ import SERVICE
from services.profiles.imports import store
from services.profiles.imports.work import Importer

HEAD = "person_id,name,email,time_zone,languages,manager_id,level,skills,left_on"


def a_row(person_id, **cells):
    usual = {"name": f"Name {person_id}", "email": f"{person_id}@corp.example", "time_zone": "Europe/Berlin"}
    usual |= {"languages": "en;de", "level": "5", "skills": "python:4:teach"} | cells | {"person_id": person_id}
    return ",".join(usual.get(name, "") for name in HEAD.split(","))


def a_file(*rows):
    return "\n".join([HEAD, *rows]) + "\n"


@pytest.fixture
async def world(a_world):
    return await a_world(SERVICE)


async def import_file(world, text, **query):
    client = world.client("system")
    body = text if isinstance(text, bytes) else text.encode()
    answer = await client.post("/v1/imports", content=body, headers={"Content-Type": "text/csv"}, params=query)
    assert answer.status_code == 202, answer.text
    await world.run_jobs()
    return (await client.get(f"/v1/imports/{answer.json()['import_id']}", params={"limit": 200})).json()


def counts(report):
    return tuple(report[name] for name in ("added", "changed", "unchanged", "refused"))


async def test_a_file_brings_people_in_and_tells_contact_and_profile_of_each(world):
    report = await import_file(world, a_file(a_row("p-1"), a_row("p-2", manager_id="p-1")))

    assert (report["state"], report["share_done"], counts(report)) == ("done", 1.0, (2, 0, 0, 0))
    told = await world.told()
    assert [type(event) for event in told] == [ContactUpdated, ProfileUpdated] * 2
    assert told[0] == ContactUpdated(person_id="p-1", name="Name p-1", email="p-1@corp.example")
    assert told[3].manager_id == "p-1"
    assert await world.pool.fetchval("SELECT count(*) FROM import_chunks") == 0


async def test_the_same_file_twice_changes_nothing_and_tells_nothing(world):
    file = a_file(*(a_row(f"p-{number}") for number in range(50)))
    await import_file(world, file)
    await world.forget_told()

    assert counts(await import_file(world, file)) == (0, 0, 50, 0)
    assert await world.told() == []


async def test_a_changed_row_tells_one_profile_and_the_contact_only_if_that_changed(world):
    await import_file(world, a_file(a_row("p-1"), a_row("p-2"), a_row("p-3")))
    await world.forget_told()

    report = await import_file(
        world, a_file(a_row("p-1", level="6"), a_row("p-2", email="new@corp.example"), a_row("p-3"))
    )

    assert counts(report) == (0, 2, 1, 0)
    told = await world.told()
    assert [(type(event), event.person_id) for event in told] == [
        (ProfileUpdated, "p-1"),
        (ContactUpdated, "p-2"),
        (ProfileUpdated, "p-2"),
    ]


async def test_who_left_is_told_once_and_may_come_back(world):
    await import_file(world, a_file(a_row("p-1")))
    await world.forget_told()

    gone = a_file(a_row("p-1", left_on="2027-01-10"))
    assert counts(await import_file(world, gone)) == (0, 1, 0, 0)
    assert counts(await import_file(world, gone)) == (0, 0, 1, 0)
    assert counts(await import_file(world, a_file(a_row("p-1")))) == (0, 1, 0, 0)

    assert [type(event) for event in await world.told()] == [PersonLeft, ProfileUpdated]


async def test_an_announced_last_day_ends_by_itself(world):
    await import_file(world, a_file(a_row("p-1", left_on="2027-01-12")))
    await world.forget_told()

    await world.clock.set(world.clock.now().replace(day=12, hour=22, minute=59))
    await world.fire_timers()
    assert await world.told() == []

    await world.clock.set(world.clock.now().replace(hour=23, minute=0))  # midnight in Berlin
    await world.fire_timers()
    assert [type(event) for event in await world.told()] == [PersonLeft]


async def test_a_last_day_in_the_year_9999_means_that_there_is_none(world):
    """That is how several HR systems write it; a deadline behind it cannot even be computed."""
    report = await import_file(world, a_file(a_row("p-1", left_on="9999-12-31"), a_row("p-2")))

    assert (report["state"], counts(report)) == ("done", (2, 0, 0, 0))
    person = (await world.client("system").get("/v1/people/p-1")).json()
    assert (person["state"], person["left_on"]) == ("here", None)


async def test_whoever_is_missing_from_a_later_file_stays(world):
    await import_file(world, a_file(a_row("p-1"), a_row("p-2")))
    await import_file(world, a_file(a_row("p-1")))
    assert await world.told(PersonLeft) == []


async def test_a_refused_row_says_where_why_and_how_to_mend_it_and_stops_nobody(world):
    file = a_file(a_row("p-1", email="nobody"), a_row("p-2"), a_row("p-2"), a_row("p-3", manager_id="p-99"))
    report = await import_file(world, file)

    assert counts(report) == (1, 0, 0, 3)
    assert [(row["line"], row["column"]) for row in report["rejected"]["items"]] == [
        (2, "email"),
        (4, "person_id"),
        (5, "manager_id"),
    ]
    assert all(row["reason"] and row["mend"] and row["cells"] for row in report["rejected"]["items"])


async def test_a_refused_manager_does_not_take_the_reports_with_them(world):
    report = await import_file(world, a_file(a_row("p-1", email="nobody"), a_row("p-2", manager_id="p-1"), "p-4,short"))
    assert counts(report) == (1, 0, 0, 2)
    report = await import_file(world, a_file(a_row("p-5", manager_id="p-2")))
    assert counts(report) == (1, 0, 0, 0)


async def test_managers_in_a_circle_are_refused_and_those_below_are_not(world):
    circle = [a_row("p-1", manager_id="p-3"), a_row("p-2", manager_id="p-1"), a_row("p-3", manager_id="p-2")]
    report = await import_file(world, a_file(*circle, a_row("p-4", manager_id="p-3"), a_row("p-5")))

    assert counts(report) == (2, 0, 0, 3)
    assert "p-1 → p-3 → p-2 → p-1" in report["rejected"]["items"][0]["reason"]


async def test_a_circle_through_people_known_from_before_is_found(world):
    await import_file(world, a_file(a_row("p-1"), a_row("p-2", manager_id="p-1")))
    report = await import_file(world, a_file(a_row("p-1", manager_id="p-2")))
    assert [row["column"] for row in report["rejected"]["items"]] == ["manager_id"]


async def test_a_killed_import_goes_on_where_it_was_without_double_or_lost_rows(world, a_world, monkeypatch):
    monkeypatch.setattr(store, "CHUNK", 300)
    rows = [
        a_row(f"p-{number}", email="nobody" if number % 10 == 0 else f"p-{number}@corp.example") for number in range(60)
    ]
    answer = await world.client("system").post(
        "/v1/imports", content=a_file(*rows).encode(), headers={"Content-Type": "text/csv"}
    )
    importer = Importer()
    while not await world.pool.fetchval("SELECT count(*) FROM people"):
        assert await importer.go_on(world.running)
    assert await world.pool.fetchval("SELECT count(*) FROM people") < 54

    later = await a_world(SERVICE, database=world.database)
    await later.run_jobs()

    report = (await later.client("system").get(f"/v1/imports/{answer.json()['import_id']}")).json()
    assert counts(report) == (54, 0, 0, 6)
    told = await later.told(ProfileUpdated)
    assert sorted(event.person_id for event in told) == sorted(f"p-{n}" for n in range(60) if n % 10)


async def test_a_row_larger_than_a_part_of_the_file_is_read(world, monkeypatch):
    monkeypatch.setattr(store, "CHUNK", 64)
    assert counts(await import_file(world, a_file(a_row("p-1"), a_row("p-2", name="x" * 300)))) == (2, 0, 0, 0)


async def test_rejected_rows_come_as_csv_with_formulas_defused(world):
    report = await import_file(world, a_file(a_row("p-1", name="=HYPERLINK(1)", email="nobody")))
    answer = await world.client("administrator").get(f"/v1/imports/{report['import_id']}/rejected.csv")

    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["line"], row["column"], row["person_id"]) == ("2", "email", "p-1")
    assert row["name"] == "'=HYPERLINK(1)"


async def test_a_file_without_the_required_columns_is_refused_whole_naming_them(world):
    answer = await world.client("system").post(
        "/v1/imports", content=b"person_id,email\np-1,a@b.example\n", headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 422
    assert all(name in answer.json()["detail"] for name in ("`name`", "`time_zone`", "`languages`"))
    assert await world.pool.fetchval("SELECT count(*) FROM imports") == 0


async def test_other_headers_are_mapped(world):
    file = a_file(a_row("p-1")).replace("person_id,name", "Employee ID,Full Name")
    report = await import_file(world, file, columns='{"person_id": "employee id", "name": "Full Name"}')
    assert counts(report) == (1, 0, 0, 0)


async def test_the_same_request_sent_twice_imports_once(world):
    client, file = world.client("system"), a_file(a_row("p-1")).encode()
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "k-1"}
    first, second = [await client.post("/v1/imports", content=file, headers=headers) for _ in range(2)]
    assert first.json() == second.json()
    assert await world.pool.fetchval("SELECT count(*) FROM imports") == 1


async def test_a_participant_may_not_import(world):
    answer = await world.client("participant", "p-1").post("/v1/imports", content=b"x")
    assert answer.status_code == 403


async def test_what_somebody_set_themselves_is_not_taken_back_by_the_file(world):
    file = a_file(a_row("p-1"))
    await import_file(world, file)
    mine = world.client("participant", "p-1")
    answer = await mine.patch("/v1/people/p-1", json={"skills": [{"skill": "Rust", "level": 3, "teach": True}]})
    assert answer.status_code == 200, answer.text
    await world.forget_told()

    assert counts(await import_file(world, file)) == (0, 0, 1, 0)
    assert [skill["skill"] for skill in (await mine.get("/v1/people/p-1")).json()["skills"]] == ["rust"]
