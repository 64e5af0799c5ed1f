"""A pair ends once, for one reason, and nobody learns who wanted it."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from contracts.engagement import MeetingCancelled, RelationshipClosed
from contracts.profiles import PersonLeft
from services.engagement.__main__ import SERVICE
from tests.service.test_engagement_life import (
    MENTEE,
    MENTOR,
    START,
    a_match,
    a_pair,
    a_profile,
    at,
    names,
    state,
    turn_to,
)


async def test_a_person_who_leaves_ends_their_running_pairs_once(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    mentor = world.client("participant", MENTOR)
    await mentor.post(
        f"/v1/relationships/{relationship_id}/meetings",
        json={"starts_at": at(3, 9).isoformat(), "channel": "phone"},
    )
    left, event_id = PersonLeft(person_id=MENTEE, left_on=START), uuid4()
    await world.hear(left, sequence=2, event_id=event_id)
    await world.hear(left, sequence=2, event_id=event_id)
    assert await names(world) == [
        "relationship-started",
        "meeting-scheduled",
        "meeting-cancelled",
        "relationship-closed",
    ]
    assert (await world.told(RelationshipClosed))[0].reason == "person-left"
    assert await world.pool.fetchval("SELECT count(*) FROM timers") == 0
    assert (await mentor.get(f"/v1/relationships/{relationship_id}")).json()["status"] == "closed"


async def test_who_left_before_the_match_was_heard_starts_and_ends_in_one_breath(a_world):
    world = await a_world(SERVICE)
    await world.hear(PersonLeft(person_id=MENTOR, left_on=START), sequence=5)
    await world.hear(a_match())
    assert await names(world) == ["relationship-started", "relationship-closed"]


async def test_leaving_and_starting_at_the_same_moment_never_leaves_a_pair_behind(a_world):
    world = await a_world(SERVICE)
    for number in range(10):
        person = f"p-9{number}"
        await asyncio.gather(
            world.hear(a_match(mentee=person)), world.hear(PersonLeft(person_id=person, left_on=START), sequence=2)
        )
    assert await names(world) == ["relationship-started", "relationship-closed"] * 10
    assert await world.pool.fetchval("SELECT count(*) FROM timers") == 0


async def test_an_old_leaving_heard_late_does_not_end_what_began_after_a_return(a_world):
    world = await a_world(SERVICE)
    await world.hear(a_profile(MENTEE), sequence=7)
    await world.hear(a_match())
    await world.hear(PersonLeft(person_id=MENTEE, left_on=START), sequence=6)
    assert await names(world) == ["relationship-started"]


async def test_either_side_ends_it_in_one_action_and_nobody_can_look_up_who(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    mentor = world.client("participant", MENTOR)
    for hours in (24, 48):
        await mentor.post(
            f"/v1/relationships/{relationship_id}/meetings",
            json={"starts_at": (world.clock.now() + timedelta(hours=hours)).isoformat(), "channel": "video"},
        )
    await turn_to(world, at(1))
    key = {"Idempotency-Key": "end-1"}
    answers = [await mentor.post(f"/v1/relationships/{relationship_id}/close", headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 204]
    again = await world.client("participant", MENTEE).post(f"/v1/relationships/{relationship_id}/close")
    assert again.status_code == 409
    assert "ended on 2027-01-13" in again.json()["detail"]
    assert [type(event) for event in (await world.told())[3:]] == [MeetingCancelled, RelationshipClosed]
    assert (await world.told(RelationshipClosed))[0].reason == "ended"
    kept = str(await state(world)) + str(await world.pool.fetch("SELECT body FROM idempotency_keys"))
    row = await world.pool.fetchrow("SELECT * FROM relationships")
    assert [value for value in row.values() if value == MENTOR] == [row["mentor_id"]]
    assert "closed_by" not in kept
    assert await world.pool.fetchval("SELECT count(*) FROM timers") == 0
