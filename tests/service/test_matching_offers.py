"""From a request or a released run to a pair, and everything that may come between."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.engagement import RelationshipClosed
from contracts.matching import (
    MatchAccepted,
    MatchDeclined,
    MatchLapsed,
    MatchProposed,
    MatchReminderDue,
    MatchWithdrawn,
)
from contracts.profiles import PersonLeft
from services.matching.__main__ import SERVICE
from tests.harness import MONDAY
from tests.service.matching_example import Example, a_mentee, a_mentor, compute_here


@pytest.fixture
async def spring(a_world, monkeypatch):
    """An open program with two mentees and two mentors."""
    compute_here(monkeypatch)
    world = await a_world(SERVICE)
    await world.hear(a_mentee("m-1"), a_mentee("m-2"), a_mentor("t-1"), a_mentor("t-2"))
    return await Example(world).open()


async def test_a_request_becomes_a_pair_when_the_mentor_accepts(spring):
    match_id = await spring.requested("m-1", "t-1")
    assert await spring.seats_taken("t-1") == 0
    answer = await spring.says("t-1", match_id, "accept")
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    assert await spring.seats_taken("t-1") == 1
    [accepted] = await spring.world.told(MatchAccepted)
    assert (accepted.mentee_id, accepted.mentor_id) == ("m-1", "t-1")
    assert (accepted.terms.starts_on.isoformat(), accepted.terms.mentee_time_zone) == ("2027-01-11", "Europe/Berlin")
    again = await spring.says("t-1", match_id, "accept")
    assert again.json() == answer.json()
    assert len(await spring.world.told(MatchAccepted)) == 1


async def test_an_accepted_pair_ends_the_other_requests_of_both(spring):
    won = await spring.requested("m-1", "t-1")
    elsewhere = await spring.requested("m-1", "t-2")
    rival = await spring.requested("m-2", "t-1")
    await spring.says("t-1", won, "accept")
    withdrawn = {str(event.match_id): event.reason for event in await spring.world.told(MatchWithdrawn)}
    assert withdrawn == {elsewhere: "by-mentee", rival: "seat-taken"}
    late = await spring.says("t-1", rival, "accept")
    assert late.status_code == 409
    assert "the last seat of this mentor was taken" in late.json()["detail"]


async def test_a_mentee_with_a_mentor_cannot_ask_again(spring):
    await spring.says("t-1", await spring.requested("m-1", "t-1"), "accept")
    refused = await spring.asks("m-1", "t-2")
    assert refused.status_code == 409
    assert "have a mentor in this program" in refused.json()["detail"]


async def test_a_request_that_a_rule_forbids_says_which(spring):
    await spring.world.hear(a_mentee("m-3", manager_id="t-1"))
    refused = await spring.asks("m-3", "t-1")
    assert refused.status_code == 409
    assert "reporting line" in refused.json()["detail"]
    assert (await spring.asks("m-1", "nobody")).status_code == 404
    await spring.requested("m-1", "t-1")
    assert "already" in (await spring.asks("m-1", "t-1")).json()["detail"]


async def test_only_the_two_and_their_coordinators_see_an_offer(spring):
    match_id = await spring.requested("m-1", "t-1")
    stranger = spring.person("m-2")
    for path in ("", "/explanation"):
        assert (await stranger.get(f"/v1/matches/{match_id}{path}")).status_code == 404
        assert (await spring.person("m-1").get(f"/v1/matches/{match_id}{path}")).status_code == 200
        assert (await spring.coordinator.get(f"/v1/matches/{match_id}{path}")).status_code == 200
        other = spring.world.client("coordinator", "c-2")
        assert (await other.get(f"/v1/matches/{match_id}{path}")).status_code == 404
    for what in ("accept", "decline", "withdraw"):
        assert (await spring.says("m-2", match_id, what)).status_code == 404
    assert (await stranger.get("/v1/matches")).json()["items"] == []
    assert len(await spring.matches(state="proposed", person="m-1")) == 1


async def test_each_side_reads_the_reasons_from_its_own_end(spring):
    match_id = await spring.requested("m-1", "t-1")
    told = {}
    for person in ("m-1", "t-1"):
        told[person] = (await spring.person(person).get(f"/v1/matches/{match_id}/explanation")).json()
    assert told["m-1"]["reasons"] != told["t-1"]["reasons"]
    assert told["m-1"]["reasons_for_mentor"] is None
    assert sum(told["m-1"]["parts"].values()) == told["m-1"]["score"]
    both = (await spring.coordinator.get(f"/v1/matches/{match_id}/explanation")).json()
    assert (both["reasons"], both["reasons_for_mentor"]) == (told["m-1"]["reasons"], told["t-1"]["reasons"])


async def test_why_somebody_declined_stays_with_them_and_the_coordinators(spring):
    match_id = await spring.requested("m-1", "t-1")
    answer = await spring.says("t-1", match_id, "decline", reason="ask ada@corp.example instead")
    assert answer.json()["reason"] == "ask [address] instead"
    assert (await spring.person("m-1").get(f"/v1/matches/{match_id}")).json()["reason"] is None
    assert (await spring.coordinator.get(f"/v1/matches/{match_id}")).json()["reason"] == "ask [address] instead"
    assert (await spring.says("t-1", match_id, "decline")).status_code == 200
    assert len(await spring.world.told(MatchDeclined)) == 1
    refused = await spring.says("m-1", match_id, "accept")
    assert "declined on 11 January 2027" in refused.json()["detail"]
    assert "already proposed" in (await spring.asks("m-1", "t-1")).json()["detail"]


async def test_a_mentee_takes_back_a_request_and_a_mentor_cannot(spring):
    match_id = await spring.requested("m-1", "t-1")
    assert (await spring.says("t-1", match_id, "withdraw")).status_code == 409
    for _ in range(2):
        assert (await spring.says("m-1", match_id, "withdraw")).json()["state"] == "withdrawn"
    [told] = await spring.world.told(MatchWithdrawn)
    assert told.reason == "by-mentee"
    assert await spring.requested("m-1", "t-1") != match_id


async def test_silence_is_reminded_twice_and_lapses_after_three_working_days(spring):
    match_id = await spring.requested("m-1", "t-1")
    for day in (1, 2):
        await spring.world.clock.set(MONDAY + timedelta(days=day, hours=22))
        await spring.world.fire_timers()
    told = await spring.world.told(MatchReminderDue)
    assert [(event.person_id, event.number) for event in told] == [("t-1", 1), ("t-1", 2)]
    await spring.world.clock.set(MONDAY + timedelta(days=3))
    late = await spring.says("t-1", match_id, "accept")
    assert late.status_code == 409
    assert "lapsed on 14 January 2027" in late.json()["detail"]
    await spring.world.fire_timers()
    await spring.world.fire_timers()
    [lapsed] = await spring.world.told(MatchLapsed)
    assert lapsed.unanswered_by == ("t-1",)
    assert "lapsed on 14 January 2027" in (await spring.says("t-1", match_id, "accept")).json()["detail"]


async def test_released_offers_reserve_seats_and_ask_both_at_once(spring):
    run_id = await spring.run()
    released = await spring.release(run_id)
    assert (released["offered"], released["skipped"]) == (2, [])
    proposed = await spring.world.told(MatchProposed)
    assert {event.mentee_id for event in proposed} == {"m-1", "m-2"}
    assert all(event.undecided == (event.mentee_id, event.mentor_id) for event in proposed)
    assert all(event.origin == "run" and str(event.run_id) == run_id for event in proposed)
    assert all(sum(event.parts.values()) == event.score for event in proposed)
    assert all(event.expires_at == datetime(2027, 1, 14, 9, tzinfo=UTC) for event in proposed)
    assert [await spring.seats_taken(mentor) for mentor in ("t-1", "t-2")] == [1, 1]
    first = proposed[0]
    assert (await spring.says(first.mentor_id, first.match_id, "accept")).json()["state"] == "proposed"
    assert (await spring.says(first.mentee_id, first.match_id, "accept")).json()["state"] == "accepted"
    assert len(await spring.world.told(MatchAccepted)) == 1


@pytest.mark.parametrize("how", ["decline", "lapse", "withdraw"])
async def test_an_offer_that_comes_to_nothing_is_followed_by_the_next_candidate(spring, how):
    await spring.release(await spring.run())
    mine = next(event for event in await spring.world.told(MatchProposed) if event.mentee_id == "m-1")
    await spring.world.hear(a_mentor("t-3"))
    if how == "decline":
        await spring.says(mine.mentor_id, mine.match_id, "decline", reason="no time")
    elif how == "withdraw":
        await spring.coordinator.post(f"/v1/matches/{mine.match_id}/withdraw")
    else:
        await spring.world.clock.set(MONDAY + timedelta(days=3))
        await spring.world.fire_timers()
    assert (await spring.world.running.work())["busy"]["next_candidates"] > 0
    await spring.world.run_jobs()
    [following] = [m for m in await spring.matches(state="proposed", person="m-1") if m["origin"] == "shortlist"]
    assert following["mentor_id"] != mine.mentor_id
    assert await spring.seats_taken(following["mentor_id"]) == 1
    assert not any((await spring.world.running.work())["busy"].values())


async def test_without_another_candidate_the_mentee_stays_unmatched(spring):
    await spring.release(await spring.run())
    mine = next(event for event in await spring.world.told(MatchProposed) if event.mentee_id == "m-1")
    await spring.says(mine.mentor_id, mine.match_id, "decline", reason="no time")
    await spring.world.run_jobs()
    assert [m for m in await spring.matches(person="m-1") if m["state"] == "proposed"] == []
    unmatched = (await spring.coordinator.get(f"/v1/programs/{spring.program_id}/unmatched")).json()["items"]
    assert [each["mentee_id"] for each in unmatched] == ["m-1"]


async def test_closing_a_program_withdraws_what_is_open_and_keeps_pairs(spring):
    pair = await spring.requested("m-1", "t-1")
    await spring.says("t-1", pair, "accept")
    still_open = await spring.requested("m-2", "t-2")
    for _ in range(2):
        closed = await spring.coordinator.post(f"/v1/programs/{spring.program_id}/close")
        assert closed.json()["state"] == "closed"
    [withdrawn] = await spring.world.told(MatchWithdrawn)
    assert (str(withdrawn.match_id), withdrawn.reason) == (still_open, "program-closed")
    assert [m["match_id"] for m in await spring.matches(state="accepted")] == [pair]
    assert "closed on 11 January 2027" in (await spring.asks("m-2", "t-2")).json()["detail"]


async def test_the_end_of_a_pair_frees_the_seat_and_the_two_are_not_paired_again(spring):
    match_id = await spring.requested("m-1", "t-1")
    await spring.says("t-1", match_id, "accept")
    ended = RelationshipClosed.example().model_copy(
        update={"match_id": UUID(match_id), "program_id": spring.program_id, "mentee_id": "m-1", "mentor_id": "t-1"}
    )
    event_ids = await spring.world.hear(ended)
    assert await spring.seats_taken("t-1") == 0
    assert "already proposed" in (await spring.asks("m-1", "t-1")).json()["detail"]
    other = await spring.requested("m-1", "t-2")
    await spring.says("t-2", other, "accept")
    before = await spring.world.told()
    await spring.world.hear(ended, event_id=event_ids[0])
    await spring.world.forget_heard()
    await spring.world.hear(ended)
    assert await spring.world.told() == before


async def test_who_leaves_is_offered_to_nobody_and_the_mentee_gets_the_next(spring):
    await spring.release(await spring.run())
    mine = next(event for event in await spring.world.told(MatchProposed) if event.mentee_id == "m-1")
    await spring.world.hear(a_mentor("t-3"))
    left = PersonLeft(person_id=mine.mentor_id, left_on=MONDAY.date())
    await spring.world.hear(left, sequence=50)
    [withdrawn] = await spring.world.told(MatchWithdrawn)
    assert (withdrawn.match_id, withdrawn.reason) == (mine.match_id, "person-left")
    await spring.world.run_jobs()
    [following] = await spring.matches(state="proposed", person="m-1")
    assert following["mentor_id"] == "t-3"
    before = await spring.world.told()
    await spring.world.forget_heard()
    await spring.world.hear(left, sequence=50)
    await spring.world.hear(a_mentor(mine.mentor_id, seats=5), sequence=1)
    await spring.world.run_jobs()
    assert await spring.world.told() == before
    assert (await spring.asks("m-2", mine.mentor_id)).status_code == 404
