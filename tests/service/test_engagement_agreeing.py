"""The agreement over HTTP: blind until both are in, told when it differs, fixed once it is signed."""

import asyncio
from datetime import timedelta

from contracts.engagement import AgreementDiverged, AgreementDue, AgreementSigned
from tests.service.test_engagement_life import (
    COORDINATOR,
    MENTEE,
    MENTOR,
    PROGRAM,
    WISH,
    a_pair,
    at,
    names,
    sign,
    state,
    turn_to,
)


async def fill(world, relationship_id, person, **wish):
    return await world.client("participant", person).put(
        f"/v1/relationships/{relationship_id}/agreement", json=WISH | wish
    )


async def agreement_of(world, relationship_id, role, subject):
    return (await world.client(role, subject).get(f"/v1/relationships/{relationship_id}")).json()["agreement"]


async def test_nobody_sees_the_others_wish_until_both_are_in(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    mine = (await fill(world, relationship_id, MENTEE)).json()["agreement"]
    assert (mine["mentee"], mine["mentor"], mine["state"]) == (WISH, None, "open")
    for role, subject in (("participant", MENTOR), ("coordinator", COORDINATOR)):
        seen = await agreement_of(world, relationship_id, role, subject)
        assert (seen["mentee"], seen["mentor"], seen["filled"]) == (None, None, [MENTEE])
    assert await names(world) == ["relationship-started"]
    await fill(world, relationship_id, MENTOR, weeks=16)
    for role, subject in (("participant", MENTEE), ("coordinator", COORDINATOR)):
        seen = await agreement_of(world, relationship_id, role, subject)
        assert (seen["mentor"]["weeks"], seen["state"], seen["steps"]) == (16, "diverged", {"weeks": 1})


async def test_differing_again_is_told_again_and_taking_the_others_value_signs(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await fill(world, relationship_id, MENTEE)
    await fill(world, relationship_id, MENTOR, rhythm="quarterly", focus=["Python", "SQL"])
    await fill(world, relationship_id, MENTOR, rhythm="quarterly", focus=["Python", "SQL"])
    await fill(world, relationship_id, MENTOR, rhythm="monthly", focus=[" NEGOTIATION "])
    signed = (await fill(world, relationship_id, MENTEE, rhythm="monthly")).json()
    diverged = await world.told(AgreementDiverged)
    assert [event.steps for event in diverged] == [{"rhythm": 2, "focus": 3}, {"rhythm": 1}]
    assert [event.agreement.rhythm for event in await world.told(AgreementSigned)] == ["monthly"]
    assert signed["agreement"]["state"] == "signed"
    again = await fill(world, relationship_id, MENTOR, rhythm="weekly")
    assert again.status_code == 409
    assert "the agreement is fixed" in again.json()["detail"]


async def test_the_agreed_length_moves_the_end_and_the_checkins(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    signed = await sign(world, relationship_id, weeks=2)
    assert signed["ends_on"] == "2027-01-26"
    assert [each["due_at"] for each in signed["checkins"]] == ["2027-01-26T03:30:00Z"]
    await turn_to(world, at(22))
    assert (await names(world))[-1] == "relationship-closed"
    assert len([name for name in await names(world) if name == "checkin-due"]) == 2


async def test_a_longer_agreement_brings_the_checkins_that_the_earlier_end_had_cut(a_world):
    world, relationship_id, _ = await a_pair(a_world, weeks=1)
    seen = (await world.client("coordinator", COORDINATOR).get(f"/v1/relationships/{relationship_id}")).json()
    assert seen["checkins"] == []
    signed = await sign(world, relationship_id, weeks=12)
    assert [each["number"] for each in signed["checkins"]] == [1]


async def test_both_are_reminded_once_and_then_the_coordinator_has_a_task(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await turn_to(world, at(7, 7, 59))
    assert await world.told(AgreementDue) == []
    await turn_to(world, at(7, 8))
    await turn_to(world, at(13))
    assert len(await world.told(AgreementDue)) == 1
    coordinator = world.client("coordinator", COORDINATOR)
    assert (await coordinator.get("/v1/tasks")).json()["items"] == []
    await turn_to(world, at(14, 8))
    (task,) = (await coordinator.get("/v1/tasks")).json()["items"]
    assert (task["kind"], task["relationship_id"]) == ("agreement-overdue", str(relationship_id))
    assert task["program_id"] == str(PROGRAM)
    await sign(world, relationship_id)
    assert (await coordinator.get("/v1/tasks")).json()["items"] == []
    (settled,) = (await coordinator.get("/v1/tasks?done=true")).json()["items"]
    assert (settled["id"], settled["done_by"]) == (task["id"], None)


async def test_who_signed_in_time_is_not_reminded(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await sign(world, relationship_id)
    await turn_to(world, at(14, 8))
    assert await world.told(AgreementDue) == []
    assert (await world.client("coordinator", COORDINATOR).get("/v1/tasks")).json()["items"] == []


async def test_both_sides_at_the_same_moment_sign_once(a_world):
    for _ in range(5):
        world, relationship_id, _ = await a_pair(a_world)
        answers = await asyncio.gather(*(fill(world, relationship_id, person) for person in (MENTEE, MENTOR)))
        assert [answer.status_code for answer in answers] == [200, 200]
        assert len(await world.told(AgreementSigned)) == 1


WISHES_THAT_MAKE_NO_SENSE = [
    ({"rhythm": "daily"}, "rhythm"),
    ({"channel": "telepathy"}, "channel"),
    ({"focus": []}, "focus"),
    ({"focus": ["a", "b", "c", "d"]}, "focus"),
    ({"focus": ["  "]}, "focus"),
    ({"focus": ["x" * 101]}, "focus"),
    ({"focus": ["a\0b"]}, ""),
    ({"weeks": 0}, "weeks"),
    ({"weeks": 261}, "weeks"),
    ({"weeks": "12"}, "weeks"),
    ({"mood": "good"}, "mood"),
]


async def test_a_wish_that_makes_no_sense_names_the_field(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    before = await state(world)
    for wish, field in WISHES_THAT_MAKE_NO_SENSE:
        answer = await fill(world, relationship_id, MENTEE, **wish)
        assert answer.status_code == 422, wish
        assert any(field in each["field"] for each in answer.json()["errors"]), wish
    assert await state(world) == before


async def test_a_length_that_is_over_already_is_refused_with_the_day(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await world.clock.set(at(30))
    answer = await fill(world, relationship_id, MENTEE, weeks=4)
    assert answer.status_code == 422
    assert "would have ended on 2027-02-09" in answer.text


async def test_addresses_in_the_focus_are_masked_before_they_are_told(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await sign(world, relationship_id, focus=["write to ada@corp.example", "SQL", "sql"])
    (signed,) = await world.told(AgreementSigned)
    assert signed.agreement.focus == ("write to [address]", "sql")


async def test_the_mentees_wants_are_offered_as_focus(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    seen = await world.client("participant", MENTOR).get(f"/v1/relationships/{relationship_id}")
    assert seen.json()["wants"] == ["negotiation"]


async def test_the_task_is_made_at_twice_the_time_that_the_program_gives(a_world):
    world, _, _ = await a_pair(a_world, agreement_days=3)
    await turn_to(world, at(3, 8))
    assert len(await world.told(AgreementDue)) == 1
    await turn_to(world, at(6, 8) - timedelta(seconds=1))
    assert await world.pool.fetchval("SELECT count(*) FROM tasks") == 0
    await turn_to(world, at(6, 8))
    assert await world.pool.fetchval("SELECT count(*) FROM tasks") == 1
