"""What each service does with events of its own that a restored database does not know."""

from datetime import timedelta

import pytest

from chassis.envelope import new_id
from contracts.engagement import AgreementSigned, MeetingScheduled, RelationshipClosed, RelationshipStarted
from contracts.matching import MatchAccepted, MatchDeclined, MatchProposed, MatchWithdrawn, ProgramClosed, ProgramOpened
from contracts.notifications import LetterSent
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from services.engagement.__main__ import SERVICE as ENGAGEMENT
from services.matching.__main__ import SERVICE as MATCHING
from services.notifications.__main__ import SERVICE as NOTIFICATIONS
from services.notifications.domain.letter import letter_id
from services.profiles.__main__ import SERVICE as PROFILES
from tests.harness import MONDAY
from tests.service.matching_example import Example, a_mentee, a_mentor
from tests.service.test_engagement_life import MENTEE, MENTOR, a_match, a_pair
from tests.service.test_notifications_letters import ADA, an_offer, known

_PERSON = {"name": "Ada", "email": "ada@corp.example", "time_zone": "Europe/Berlin", "languages": ["en"]}


@pytest.fixture
async def offer(a_world):
    """A mentee has asked a mentor, and nobody has answered."""
    world = await a_world(MATCHING)
    await world.hear(a_mentee("p-1"), a_mentor("m-1"))
    example = await Example(world).open()
    match_id = await example.requested("p-1", "m-1")
    (proposed,) = await world.told(MatchProposed)
    await world.forget_told()
    return world, example, match_id, proposed


def about(proposed: MatchProposed, event, **more):
    ids = proposed.model_dump(include={"match_id", "program_id", "mentee_id", "mentor_id"})
    return event.model_validate(event.example().model_dump() | ids | more)


async def test_an_acceptance_that_others_heard_of_is_so_again(offer):
    world, example, match_id, proposed = offer
    await world.find_on_topic(about(proposed, MatchAccepted), sequence=2)
    (match,) = await example.matches()
    assert (match["match_id"], match["state"]) == (match_id, "accepted")
    assert await example.seats_taken("m-1") == 1
    assert await world.told() == []
    assert await world.lost() == []
    assert await world.pool.fetchval("SELECT count(*) FROM timers") == 0


async def test_a_refusal_that_others_heard_of_is_so_again(offer):
    world, example, _, proposed = offer
    await world.find_on_topic(about(proposed, MatchDeclined, by="m-1"), sequence=2)
    assert [match["state"] for match in await example.matches()] == ["declined"]
    assert await world.lost() == []


async def test_an_offer_that_nobody_knows_any_more_is_withdrawn(offer):
    world, _, _, proposed = offer
    unknown = about(proposed, MatchProposed, match_id=new_id())
    await world.find_on_topic(unknown, about(unknown, MatchAccepted))
    assert await world.told() == [about(unknown, MatchWithdrawn, reason="by-coordinator")]
    assert await world.lost() == ["match-proposed", "match-accepted"]


async def test_programs_are_told_as_they_are_and_unknown_ones_are_closed(offer):
    world, example, _, _ = offer
    unknown = ProgramOpened.example().model_copy(update={"program_id": new_id()})
    known = unknown.model_copy(update={"program_id": example.program_id})
    await world.find_on_topic(unknown, known, sequence=2)
    closed, opened = await world.told(ProgramClosed, ProgramOpened)
    assert isinstance(closed, ProgramClosed)
    assert (closed.program_id, closed.policy) == (unknown.program_id, unknown.policy)
    assert opened.program_id == example.program_id
    assert opened.policy.name == "Spring"


async def test_what_a_pair_agreed_and_planned_is_so_again(a_world):
    world, relationship_id, _ = await a_pair(a_world)
    (started,) = await world.told(RelationshipStarted)
    await world.forget_told()
    ids = started.model_dump(include={"relationship_id", "match_id", "program_id", "mentee_id", "mentor_id"})
    signed = AgreementSigned.model_validate(AgreementSigned.example().model_dump() | ids)
    meeting = MeetingScheduled.model_validate(
        MeetingScheduled.example().model_dump()
        | ids
        | {"starts_at": MONDAY + timedelta(days=2), "ends_at": MONDAY + timedelta(days=2, hours=1)}
    )
    await world.find_on_topic(signed, meeting, sequence=2)
    shown = (await world.client("participant", MENTOR).get(f"/v1/relationships/{relationship_id}")).json()
    assert shown["signed_at"]
    assert [each["id"] for each in shown["meetings"]] == [str(meeting.meeting_id)]
    closed = RelationshipClosed.model_validate(RelationshipClosed.example().model_dump() | ids)
    await world.find_on_topic(closed, sequence=4)
    shown = (await world.client("participant", MENTEE).get(f"/v1/relationships/{relationship_id}")).json()
    assert shown["status"] == "closed"
    assert await world.lost() == []


async def test_a_pair_whose_offer_is_withdrawn_ends(a_world):
    world = await a_world(ENGAGEMENT)
    match = a_match()
    ids = match.model_dump(include={"match_id", "program_id", "mentee_id", "mentor_id"})
    await world.hear(match)
    withdrawn = MatchWithdrawn(**ids, reason="by-coordinator")
    await world.hear(withdrawn, sequence=2)
    await world.hear(withdrawn.model_copy(update={"match_id": new_id()}), sequence=2)
    assert [event.reason for event in await world.told(RelationshipClosed)] == ["ended"]


@pytest.fixture
async def person(a_world):
    world = await a_world(PROFILES)
    await world.client("system").put("/v1/people/p-1", json=_PERSON)
    told = await world.told()
    await world.forget_told()
    return world, told


async def test_people_are_told_as_they_are(person):
    world, (contact, profile) = person
    await world.find_on_topic(profile.model_copy(update={"goals": "forgotten"}), sequence=2)
    await world.find_on_topic(contact.model_copy(update={"name": "Ada Forgotten"}), sequence=2)
    assert await world.told() == [profile, contact]
    assert await world.lost() == ["contact-updated", "profile-updated"]


async def test_who_left_has_left(person):
    world, _ = person
    await world.find_on_topic(PersonLeft(person_id="p-1", left_on=MONDAY.date()), sequence=2)
    shown = (await world.client("system").get("/v1/people/p-1")).json()
    assert shown["state"] == "left"
    assert await world.told() == []
    assert await world.lost() == []


async def test_whom_the_directory_names_again_is_known_without_being_told_again(person):
    world, told = person
    contact, profile = (each.model_copy(update={"person_id": "p-2"}) for each in told)
    await world.find_on_topic(contact)
    await world.find_on_topic(profile)
    assert await world.told(ProfileUpdated, ContactUpdated) == []
    assert await world.lost() == ["contact-updated", "profile-updated"]
    await world.client("system").put("/v1/people/p-2", json=_PERSON)
    assert await world.told() == []
    assert await world.lost() == []


@pytest.mark.parametrize("written", ["before", "after"])
async def test_no_letter_goes_out_a_second_time(a_world, written):
    world = await a_world(NOTIFICATIONS)
    await world.hear(*known(ADA, "Ada", "en"), *known("grace", "Grace", "en"))
    cause = new_id()
    mine = letter_id(cause, ADA, "offer")
    sent = LetterSent(letter_id=mine, person_id=ADA, template="offer", cause=cause, language="en")
    if written == "before":
        await world.hear(an_offer(), event_id=cause)
        await world.find_on_topic(sent)
    else:
        await world.find_on_topic(sent)
        await world.hear(an_offer(), event_id=cause)
    rows = await world.pool.fetch("SELECT letter_id, status FROM letters ORDER BY person_id")
    assert {row["letter_id"]: row["status"] for row in rows}[mine] == "sent"
    assert [row["status"] for row in rows].count("sent") == 1
    assert await world.told(LetterSent) == []
    assert await world.lost() == []
