"""Check-ins on a real database: asked once each, answered in time or missed, private parts kept apart."""

import asyncio
from datetime import date

from contracts.engagement import CheckinCompleted, CheckinDue, CheckinMissed
from contracts.profiles import PersonLeft
from tests.service.test_engagement_life import (
    COORDINATOR,
    MENTEE,
    MENTOR,
    a_pair,
    a_profile,
    a_program,
    answer_all,
    at,
    open_checkins,
    turn_to,
)

NOTE = "My partner shouts at me"


async def answer(world, person, checkin_id, **given):
    return await world.client("participant", person).post(
        f"/v1/checkins/{checkin_id}/answer", json={"pulse": 4} | given
    )


async def tasks_of(world, coordinator=COORDINATOR, *, done=False) -> list[dict]:
    return (await world.client("coordinator", coordinator).get(f"/v1/tasks?done={done}")).json()["items"]


async def test_each_side_is_asked_at_nine_where_they_are(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await turn_to(world, at(14, 12))
    due = {event.person_id: event for event in await world.told(CheckinDue)}
    assert {person: event.due_at for person, event in due.items()} == {MENTEE: at(14, 8), MENTOR: at(14, 3, 30)}
    assert {event.answer_by_at for event in due.values()} == {at(16, 8), at(16, 3, 30)}
    assert {event.relationship_id for event in due.values()} == {relationship_id}


async def test_somebody_who_moves_is_asked_at_nine_where_they_are_then(a_world):
    world, _, _ = await a_pair(a_world)
    await world.hear(a_profile(MENTEE, "America/New_York"), sequence=9)
    await world.hear(a_profile(MENTEE, "Asia/Tokyo"), sequence=8)
    await turn_to(world, at(14, 13))
    assert [event.person_id for event in await world.told(CheckinDue)] == [MENTOR]
    await turn_to(world, at(14, 14))
    assert [(event.person_id, event.due_at) for event in (await world.told(CheckinDue))[1:]] == [(MENTEE, at(14, 14))]


async def test_a_weekend_or_holiday_moves_the_question_to_the_next_working_day(a_world):
    world, _, _ = await a_pair(a_world, checkin_days=(4, 14))
    await world.hear(a_profile(MENTOR, "Asia/Kolkata", country="IN"), sequence=9)
    await turn_to(world, at(6, 12))
    assert {(event.person_id, event.due_at) for event in await world.told(CheckinDue)} == {
        (MENTEE, at(6, 8)),  # day 4 is a Saturday
        (MENTOR, at(6, 3, 30)),
    }
    await turn_to(world, at(15, 4))
    assert (MENTOR, at(15, 3, 30)) in {  # day 14, the 26th of January, is Republic Day
        (event.person_id, event.due_at) for event in await world.told(CheckinDue)
    }


async def test_an_answer_is_kept_and_never_told(a_world):
    world, _, _ = await a_pair(a_world)
    await turn_to(world, at(14, 12))
    (checkin,) = await open_checkins(world, MENTEE)
    given = {"pulse": 5, "went_well": "All of it, ada@corp.example", "missing": "Time", "private": NOTE}
    answered = (await answer(world, MENTEE, checkin["id"], **given)).json()
    assert (answered["status"], answered["pulse"], answered["went_well"]) == (
        "completed",
        5,
        "All of it, [address]",
    )
    (event,) = await world.told(CheckinCompleted)
    assert event.model_dump().keys() & {"pulse", "went_well", "missing", "private"} == set()
    outbox = str(await world.pool.fetch("SELECT headers, body FROM outbox"))
    assert "Time" not in outbox
    assert NOTE not in outbox
    listed = (await world.client("participant", MENTEE).get("/v1/checkins")).json()["items"]
    assert (listed[0]["pulse"], listed[0]["missing"]) == (5, "Time")


async def test_a_private_note_reaches_the_coordinators_it_was_addressed_to_and_nobody_else(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await world.hear(a_program(coordinators=(COORDINATOR, MENTOR)), sequence=5)
    path = f"/v1/relationships/{relationship_id}"
    mentee = world.client("participant", MENTEE)
    assert (await mentee.get(path)).json()["private_notes_go_to"] == [COORDINATOR]
    await turn_to(world, at(14, 12))
    (checkin,) = await open_checkins(world, MENTEE)
    key = {"Idempotency-Key": "answer-1"}
    for _ in range(2):
        sent = await mentee.post(
            f"/v1/checkins/{checkin['id']}/answer", json={"pulse": 2, "private": NOTE}, headers=key
        )
        assert sent.status_code == 200
        assert NOTE not in sent.text
    await world.hear(a_program(coordinators=(COORDINATOR, MENTOR, "c-2")), sequence=6)
    (note,) = (await world.client("coordinator", COORDINATOR).get(f"{path}/notes")).json()
    assert (note["body"], note["person_id"], note["checkin_id"]) == (NOTE, MENTEE, checkin["id"])
    for later in ("c-2", MENTOR):
        assert (await world.client("coordinator", later).get(f"{path}/notes")).json() == []
    assert (await world.client("coordinator", "c-9").get(f"{path}/notes")).status_code == 404
    for role in ("participant", "administrator", "system"):
        client = world.client(role, MENTOR, scopes=("engagement.read",))
        assert (await client.get(f"{path}/notes")).status_code == 403
    for role, subject in (("participant", MENTOR), ("coordinator", COORDINATOR), ("system", "hr")):
        client = world.client(role, subject, scopes=("engagement.read",))
        assert NOTE not in (await client.get(path)).text
    assert NOTE not in str(await world.pool.fetch("SELECT * FROM idempotency_keys"))


async def test_a_coordinator_who_stepped_down_reads_no_notes_any_more(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await turn_to(world, at(14, 12))
    (checkin,) = await open_checkins(world, MENTEE)
    await answer(world, MENTEE, checkin["id"], private=NOTE)
    await world.hear(a_program(coordinators=("c-2",)), sequence=9)
    for coordinator in (COORDINATOR, "c-2"):
        answered = await world.client("coordinator", coordinator).get(f"/v1/relationships/{relationship_id}/notes")
        assert NOTE not in answered.text


async def test_a_note_that_nobody_would_read_is_refused_and_the_checkin_stays_open(a_world):
    world, _, _ = await a_pair(a_world)
    await world.hear(a_program(coordinators=(MENTOR,)), sequence=5)
    await turn_to(world, at(14, 12))
    (checkin,) = await open_checkins(world, MENTEE)
    refused = await answer(world, MENTEE, checkin["id"], private=NOTE)
    assert refused.status_code == 409
    assert "leave it out" in refused.json()["detail"]
    assert (await answer(world, MENTEE, checkin["id"])).status_code == 200


async def test_who_answers_too_late_is_told_until_when_and_when_the_next_one_comes(a_world):
    world, _, _ = await a_pair(a_world)
    await turn_to(world, at(14, 12))
    (checkin,) = await open_checkins(world, MENTEE)
    await world.clock.set(at(16, 8))
    sentence = "could be answered until 2027-01-28 08:00 UTC; the next one opens at 2027-02-26 08:00 UTC"
    assert sentence in (await answer(world, MENTEE, checkin["id"])).json()["detail"]
    await world.fire_timers()
    refused = await answer(world, MENTEE, checkin["id"])
    assert refused.status_code == 409
    assert sentence in refused.json()["detail"]
    assert [event.person_id for event in await world.told(CheckinMissed)] == [MENTOR, MENTEE]


async def test_a_checkin_is_answered_once(a_world):
    world, _, _ = await a_pair(a_world)
    await turn_to(world, at(14, 12))
    (checkin,) = await open_checkins(world, MENTEE)
    answers = await asyncio.gather(*(answer(world, MENTEE, checkin["id"]) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
    assert len(await world.told(CheckinCompleted)) == 1


async def test_two_missed_in_a_row_are_one_task_and_a_third_is_no_second(a_world):
    world, relationship_id, _ = await a_pair(a_world, weeks=30)
    for day in (14, 45, 90, 135):
        await turn_to(world, at(day, 12))
        await answer_all(world, MENTOR)
        await turn_to(world, at(day + 4, 12))
        await answer_all(world, MENTOR)
    missed = await world.told(CheckinMissed)
    assert [(event.person_id, event.missed_in_a_row) for event in missed] == [
        (MENTEE, number) for number in (1, 2, 3, 4)
    ]
    (task,) = [each for each in await tasks_of(world) if each["kind"] == "checkins-missed"]
    assert task["person_id"] == MENTEE
    assert task["relationship_id"] == str(relationship_id)
    await turn_to(world, at(182, 12))
    await answer_all(world, MENTEE)
    assert [each["kind"] for each in await tasks_of(world)] == ["agreement-overdue"]


async def test_a_new_streak_is_a_new_task(a_world):
    world, _, _ = await a_pair(a_world, weeks=40)
    for day, answers in ((14, False), (45, False), (90, True), (135, False), (182, False)):
        await turn_to(world, at(day, 12))
        if answers:
            await answer_all(world, MENTEE)
        await answer_all(world, MENTOR)
        await turn_to(world, at(day + 3, 12))
    about_mentee = [
        task for task in [*await tasks_of(world), *await tasks_of(world, done=True)] if task["person_id"] == MENTEE
    ]
    assert len(about_mentee) == 2


async def test_timers_that_are_all_overdue_fire_in_their_order(a_world):
    world, _, _ = await a_pair(a_world)
    await turn_to(world, at(60))
    mine = [event for event in await world.told(CheckinDue, CheckinMissed) if event.person_id == MENTEE]
    assert [(event.event_name(), event.number) for event in mine] == [
        ("checkin-due", 1),
        ("checkin-missed", 1),
        ("checkin-due", 2),
        ("checkin-missed", 2),
    ]
    assert mine[-1].missed_in_a_row == 2
    assert len(await tasks_of(world)) == 3  # both sides' check-ins, and the agreement


async def test_nothing_is_asked_after_the_end(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await turn_to(world, at(14, 12))
    (checkin,) = await open_checkins(world, MENTEE)
    await world.client("participant", MENTOR).post(f"/v1/relationships/{relationship_id}/close")
    assert await open_checkins(world, MENTEE) == []
    refused = await answer(world, MENTEE, checkin["id"])
    assert refused.status_code == 409
    assert "ended on 2027-01-26" in refused.json()["detail"]
    asked = len(await world.told())
    await turn_to(world, at(200))
    assert len(await world.told()) == asked


async def test_leaving_stops_the_timers_of_both(a_world):
    world, _, _ = await a_pair(a_world)
    await turn_to(world, at(14, 12))
    await world.hear(PersonLeft(person_id=MENTEE, left_on=date(2027, 1, 26)), sequence=7)
    await turn_to(world, at(60))
    assert await world.told(CheckinMissed) == []


async def test_a_task_is_done_once_by_a_coordinator_of_its_program(a_world):
    world, _, _ = await a_pair(a_world)
    await turn_to(world, at(14, 8))
    (task,) = await tasks_of(world)
    path = f"/v1/tasks/{task['id']}/done"
    assert (await world.client("coordinator", "c-9").post(path)).status_code == 404
    assert await tasks_of(world, "c-9") == []
    done = await world.client("coordinator", COORDINATOR).post(path)
    assert (done.json()["done_by"], done.status_code) == (COORDINATOR, 200)
    again = await world.client("coordinator", COORDINATOR).post(path)
    assert again.status_code == 409
    assert "done on 2027-01-26 already" in again.json()["detail"]


async def test_checkins_and_tasks_come_page_by_page(a_world):
    world, _, _ = await a_pair(a_world, weeks=30)
    await turn_to(world, at(140))
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = (
            await world.client("participant", MENTEE).get(
                "/v1/checkins", params={"limit": 1} | ({"cursor": cursor} if cursor else {})
            )
        ).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 4
    first = (await world.client("coordinator", COORDINATOR).get("/v1/tasks?limit=1")).json()
    second = (
        await world.client("coordinator", COORDINATOR).get("/v1/tasks", params={"limit": 1, "cursor": first["next"]})
    ).json()
    assert first["items"][0]["id"] != second["items"][0]["id"]
