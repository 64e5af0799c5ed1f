"""Profiles change while offers are open."""

import pytest

from contracts.matching import MatchProposed, MatchWithdrawn
from contracts.profiles import PersonLeft
from services.matching.__main__ import SERVICE
from tests.harness import MONDAY
from tests.service.matching_example import Example, a_mentee, a_mentor, compute_here


@pytest.fixture
async def spring(a_world, monkeypatch):
    """An open program with two mentees and two mentors."""
    compute_here(monkeypatch)
    world = await a_world(SERVICE)
    await world.hear(a_mentee("m-1"), a_mentee("m-2"), a_mentor("t-1", seats=2), a_mentor("t-2"))
    return await Example(world).open()


async def test_an_older_profile_never_overwrites_a_newer_one(spring):
    await spring.world.hear(a_mentor("t-1", seats=3), sequence=7)
    await spring.world.hear(a_mentor("t-1", seats=9), sequence=6)
    assert await spring.world.pool.fetchval("SELECT mentor_seats FROM people WHERE person_id = 't-1'") == 3


async def test_who_left_before_they_were_known_is_not_brought_back_by_an_old_profile(spring):
    await spring.world.hear(PersonLeft(person_id="t-9", left_on=MONDAY.date()), sequence=5)
    await spring.world.hear(a_mentor("t-9"), sequence=4)
    assert (await spring.asks("m-1", "t-9")).status_code == 404
    await spring.world.hear(a_mentor("t-9"), sequence=6)
    assert (await spring.asks("m-1", "t-9")).status_code == 201


async def test_an_open_offer_that_breaks_a_rule_now_is_withdrawn_and_a_pair_is_not(spring):
    pair = await spring.requested("m-1", "t-1")
    await spring.says("t-1", pair, "accept")
    offer = await spring.requested("m-2", "t-1")
    changed = a_mentor("t-1", seats=2, languages=("fr",))
    [event_id] = await spring.world.hear(changed, sequence=9)
    [withdrawn] = await spring.world.told(MatchWithdrawn)
    assert (str(withdrawn.match_id), withdrawn.reason) == (offer, "rule-broken")
    assert [m["match_id"] for m in await spring.matches(state="accepted")] == [pair]
    await spring.world.hear(changed, sequence=9, event_id=event_id)
    await spring.world.forget_heard()
    await spring.world.hear(changed, sequence=9)
    assert len(await spring.world.told(MatchWithdrawn)) == 1


async def test_a_new_manager_in_the_middle_of_a_line_withdraws_the_offer_below(spring):
    await spring.world.hear(a_mentee("m-3", manager_id="boss"), a_mentee("boss", roles=()))
    offer = await spring.requested("m-3", "t-2")
    await spring.world.hear(a_mentee("boss", roles=(), manager_id="t-2"), sequence=9)
    [withdrawn] = await spring.world.told(MatchWithdrawn)
    assert (str(withdrawn.match_id), withdrawn.reason) == (offer, "rule-broken")


async def test_fewer_seats_end_no_pair_and_take_back_the_offers_that_have_none(spring):
    await spring.world.hear(a_mentee("m-2", languages=("xx",)), a_mentor("t-2", languages=("xx",)), sequence=20)
    await spring.release(await spring.run())
    await spring.world.hear(a_mentee("m-3"))
    await spring.release(await spring.run())
    assert await spring.seats_taken("t-1") == 2
    first = next(event for event in await spring.world.told(MatchProposed) if event.mentee_id == "m-1")
    for person in ("m-1", "t-1"):
        await spring.says(person, first.match_id, "accept")
    await spring.world.hear(a_mentor("t-1", seats=1), sequence=30)
    [withdrawn] = await spring.world.told(MatchWithdrawn)
    assert (withdrawn.mentee_id, withdrawn.reason) == ("m-3", "rule-broken")
    await spring.world.hear(a_mentor("t-1", seats=0), sequence=31)
    assert [m["match_id"] for m in await spring.matches(state="accepted")] == [str(first.match_id)]
    assert await spring.seats_taken("t-1") == 1


async def test_candidates_are_one_s_own_and_say_why(spring):
    path, params = "/v1/people/m-1/candidates", {"program": str(spring.program_id)}
    mine = (await spring.person("m-1").get(path, params=params)).json()["items"]
    assert {each["mentor_id"] for each in mine} == {"t-1", "t-2"}
    assert all(each["reasons"] and sum(each["parts"].values()) == each["score"] for each in mine)
    assert (await spring.person("m-2").get(path, params=params)).status_code == 404
    assert (await spring.coordinator.get(path, params=params)).json()["items"] == mine
    assert (await spring.world.client("coordinator", "c-2").get(path, params=params)).status_code == 404
    unknown = {"program": "0192f0c4-7a1e-7c3b-9d55-0242ac120002"}
    assert (await spring.person("m-1").get(path, params=unknown)).status_code == 404


async def test_why_not_names_the_rule_and_never_who_avoids_whom(spring):
    await spring.world.hear(a_mentor("t-2", avoid=("m-1",)), sequence=9)
    params = {"program": str(spring.program_id)}
    avoided = (await spring.person("m-1").get("/v1/people/m-1/why-not/t-2", params=params)).json()
    assert (avoided["rule"], avoided["text"]) == (None, "These two cannot be paired.")
    await spring.run()
    allowed = (await spring.person("m-1").get("/v1/people/m-1/why-not/t-1", params=params)).json()
    assert allowed["loss"] is not None
    assert (await spring.person("m-2").get("/v1/people/m-1/why-not/t-1", params=params)).status_code == 404
