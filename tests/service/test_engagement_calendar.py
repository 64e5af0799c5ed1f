"""Meetings over HTTP: what is told, what is refused, and that a change is never lost unseen."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from contracts.engagement import MeetingCancelled, MeetingHeld, MeetingScheduled
from tests.service.test_engagement_life import MENTEE, MENTOR, a_pair, at, state, turn_to


async def schedule(world, relationship_id, person=MENTEE, **given):
    body = {"starts_at": at(8, 14).isoformat(), "length_minutes": 45, "channel": "video"} | given
    return await world.client("participant", person).post(f"/v1/relationships/{relationship_id}/meetings", json=body)


async def test_a_meeting_is_scheduled_moved_held(a_world):
    world, relationship_id, match = await a_pair(a_world)
    scheduled = await schedule(world, relationship_id)
    assert scheduled.status_code == 201
    meeting_id = scheduled.json()["id"]
    body = {"starts_at": "2027-01-21T15:30:00+01:00", "length_minutes": 30, "channel": "phone"}
    mentor = world.client("participant", MENTOR)
    for _ in range(2):  # the same move again is no move
        moved = await mentor.put(f"/v1/meetings/{meeting_id}", json=body)
    assert (moved.json()["revision"], moved.headers["etag"]) == (1, '"1"')
    early = await mentor.post(f"/v1/meetings/{meeting_id}/held")
    assert early.status_code == 409
    assert "begins at 2027-01-21 14:30 UTC" in early.json()["detail"]
    await turn_to(world, at(9, 15))
    assert (await mentor.post(f"/v1/meetings/{meeting_id}/held")).status_code == 200
    again = await world.client("participant", MENTEE).post(f"/v1/meetings/{meeting_id}/held")
    assert again.status_code == 409
    assert "meeting was held already; it cannot be changed any more" in again.json()["detail"]
    first, second = await world.told(MeetingScheduled)
    assert (first.revision, first.starts_at, first.ends_at) == (0, at(8, 14), at(8, 14, 45))
    assert (second.revision, second.starts_at, second.channel) == (1, at(9, 14, 30), "phone")
    (held,) = await world.told(MeetingHeld)
    assert (str(held.meeting_id), held.held_at, held.match_id) == (meeting_id, at(9, 14, 30), match.match_id)


async def test_a_cancelled_meeting_is_told_with_the_slot_it_would_have_had(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    meeting_id = (await schedule(world, relationship_id)).json()["id"]
    mentor = world.client("participant", MENTOR)
    assert (await mentor.post(f"/v1/meetings/{meeting_id}/cancel")).json()["status"] == "cancelled"
    again = await mentor.post(f"/v1/meetings/{meeting_id}/cancel")
    assert again.status_code == 409
    assert "meeting was cancelled; schedule a new one" in again.json()["detail"]
    (event,) = await world.told(MeetingCancelled)
    assert (event.starts_at, event.revision) == (at(8, 14), 1)


async def test_who_moves_what_somebody_else_moved_meanwhile_is_told(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    meeting_id = (await schedule(world, relationship_id)).json()["id"]

    async def move(person, day):
        body = {"starts_at": at(day, 14).isoformat(), "channel": "video"}
        client = world.client("participant", person)
        return await client.put(f"/v1/meetings/{meeting_id}", json=body, headers={"If-Match": '"0"'})

    answers = await asyncio.gather(move(MENTEE, 9), move(MENTOR, 10))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len(await world.told(MeetingScheduled)) == 2


MEETINGS_THAT_MAKE_NO_SENSE = [
    ({"starts_at": at(-3).isoformat()}, "starts_at"),
    ({"starts_at": at(200).isoformat()}, "starts_at"),
    ({"starts_at": "2027-01-20T14:00:00"}, "starts_at"),
    ({"starts_at": "9999-12-31T23:59:59Z"}, "starts_at"),
    ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
    ({"length_minutes": 9}, "length_minutes"),
    ({"length_minutes": 481}, "length_minutes"),
    ({"channel": "pigeon"}, "channel"),
    ({"where": "here"}, "where"),
]


async def test_a_meeting_that_makes_no_sense_names_the_field(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    before = await state(world)
    for given, field in MEETINGS_THAT_MAKE_NO_SENSE:
        answer = await schedule(world, relationship_id, **given)
        assert answer.status_code == 422, given
        assert any(field in each["field"] for each in answer.json()["errors"]), given
    assert await state(world) == before


async def test_the_same_request_twice_is_one_meeting(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    client = world.client("participant", MENTEE)
    body = {"starts_at": at(8, 14).isoformat(), "channel": "video"}
    path, key = f"/v1/relationships/{relationship_id}/meetings", {"Idempotency-Key": str(uuid4())}
    first, second = [await client.post(path, json=body, headers=key) for _ in range(2)]
    assert first.json() == second.json()
    assert len(await world.told(MeetingScheduled)) == 1


async def test_nothing_is_scheduled_after_the_end(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    meeting_id = (await schedule(world, relationship_id)).json()["id"]
    await world.client("participant", MENTEE).post(f"/v1/relationships/{relationship_id}/close")
    for answer in (
        await schedule(world, relationship_id),
        await world.client("participant", MENTOR).post(f"/v1/meetings/{meeting_id}/cancel"),
    ):
        assert answer.status_code == 409
        assert "ended on 2027-01-11" in answer.json()["detail"]
    seen = (await world.client("participant", MENTOR).get(f"/v1/relationships/{relationship_id}")).json()
    assert [meeting["status"] for meeting in seen["meetings"]] == ["cancelled"]


async def test_a_past_meeting_that_nobody_noted_is_not_called_cancelled_by_the_end(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    await schedule(world, relationship_id)
    await turn_to(world, at(8, 14) + timedelta(minutes=1))
    await world.client("participant", MENTEE).post(f"/v1/relationships/{relationship_id}/close")
    assert await world.told(MeetingCancelled) == []
