"""Each reaction writes its letter once, to the right people, at the right time."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts.engagement import (
    AgreementDiverged,
    AgreementDue,
    CheckinDue,
    CheckinMissed,
    MeetingScheduled,
    RelationshipClosed,
    RelationshipStarted,
)
from contracts.matching import MatchAccepted, MatchLapsed, MatchProposed, MatchReminderDue, ProgramOpened
from contracts.notifications import LetterSent, LetterSuppressed
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from services.notifications.__main__ import SERVICE
from tests.harness import MONDAY
from tests.service.test_notifications_mail_server import Mail, a_mail_server

ADA, GRACE = "ada", "grace"
DAY = timedelta(days=1)


@pytest.fixture
async def mail():
    async with a_mail_server() as server:
        yield server


@pytest.fixture
async def world(a_world, mail: Mail):
    world = await a_world(SERVICE, smtp_url=mail.url)
    await world.hear(*known(ADA, "Ada Übermut", "de"), *known(GRACE, "Grace Example", "en"))
    return world


def known(person: str, name: str, *languages: str, zone: str = "Europe/Berlin", email: str | None = None):
    profile = ProfileUpdated(
        person_id=person,
        roles=("mentee",),
        mentor_seats=1,
        time_zone=zone,
        languages=languages,
        working_hours=("Mon-Fri 09:00-17:00",),
    )
    return profile, ContactUpdated(person_id=person, name=name, email=email or f"{person}@corp.example")


def an(event, **more):
    """An event about Ada and Grace."""
    return event.model_validate(event.example().model_dump() | {"mentee_id": ADA, "mentor_id": GRACE} | more)


def an_offer(now=MONDAY, **more):
    return an(MatchProposed, undecided=(ADA, GRACE), expires_at=now + 3 * DAY, **more)


def a_meeting(event, starts_at, **more):
    return an(event, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), **more)


EVERY_REACTION = [
    (an_offer(), {"offer": {ADA, GRACE}}),
    (an(MatchReminderDue, person_id=GRACE, expires_at=MONDAY + 2 * DAY), {"reminder": {GRACE}}),
    (an(RelationshipStarted), {"introduction": {ADA, GRACE}}),
    (an(AgreementDue), {"agreement-due": {ADA, GRACE}}),
    (an(AgreementDiverged), {"agreement-diverged": {ADA, GRACE}}),
    (a_meeting(MeetingScheduled, MONDAY + 5 * DAY), {"meeting-scheduled": {ADA, GRACE}}),
    (an(CheckinDue, person_id=ADA, due_at=MONDAY, answer_by_at=MONDAY + 2 * DAY), {"checkin-due": {ADA}}),
    (an(CheckinMissed, person_id=ADA, due_at=MONDAY), {"checkin-missed": {ADA}}),
    (an(RelationshipClosed), {"relationship-closed": {ADA, GRACE}}),
]


@pytest.mark.parametrize(("event", "expected"), EVERY_REACTION, ids=lambda value: type(value).__name__)
async def test_each_reaction_heard_twice_writes_one_letter(world, mail: Mail, event, expected):
    event_id = uuid4()
    await world.hear(event, event_id=event_id)
    await world.hear(event, event_id=event_id)
    await world.forget_heard()
    await world.hear(event, event_id=event_id)
    await everything_goes_out(world)
    await world.forget_heard()
    await world.hear(event, event_id=event_id)
    await everything_goes_out(world)
    sent = [each for each in await world.told(LetterSent) if each.template != "digest"]
    written: dict[str, set[str]] = {}
    for each in sent:
        written.setdefault(each.template, set()).add(each.person_id)
    assert written == expected
    assert len(sent) == sum(len(people) for people in expected.values())
    assert len(mail.message_ids()) == len(set(mail.message_ids())) == len({each.person_id for each in sent})
    assert {each.cause for each in sent} == {event_id}


async def everything_goes_out(world):
    await world.run_jobs()
    await world.clock.set(max(world.clock.now(), MONDAY + DAY))
    await world.run_jobs()


async def test_the_same_letter_has_the_same_id_after_everything_was_lost_but_the_topics(a_world, mail):
    event_id, sent = uuid4(), []
    for _ in range(2):
        world = await a_world(SERVICE, smtp_url=mail.url)
        await world.hear(*known(ADA, "Ada", "de"), *known(GRACE, "Grace", "en"))
        await world.hear(an_offer(), event_id=event_id)
        await world.run_jobs()
        sent.append({each.letter_id for each in await world.told(LetterSent)})
    assert sent[0] == sent[1]
    assert len(sent[0]) == 2


async def test_who_rebuilds_the_service_gets_no_old_letters(a_world, mail):
    world = await a_world(SERVICE, smtp_url=mail.url)
    await world.hear(*known(ADA, "Ada", "de"), *known(GRACE, "Grace", "en"))
    await world.pool.execute("DELETE FROM inbox")
    old = [world._record(an(RelationshipStarted), 1, None)[1]]
    await world.clock.set(MONDAY + 30 * DAY)
    await world._settler().settle(old)
    await world.run_jobs()
    assert mail.letters == []
    assert {each.reason for each in await world.told(LetterSuppressed)} == {"outdated"}


async def test_an_offer_in_german_with_reasons_for_the_mentor_in_english(world, mail: Mail):
    await world.hear(
        ProgramOpened.model_validate(ProgramOpened.example().model_dump() | {"program_id": an_offer().program_id})
    )
    await world.hear(an_offer())
    await world.run_jobs()
    to_ada, to_grace = mail.to("ada@corp.example"), mail.to("grace@corp.example")
    assert to_ada["Subject"] == "Möchten Sie von Grace Example begleitet werden?"
    assert "Grace Example kann negotiation vermitteln" in mail.text(to_ada)
    assert "Guten Tag Ada Übermut" in mail.text(to_ada)
    assert "Donnerstag, 14. Januar 2027, 10:00 Uhr (Zeitzone Berlin)" in mail.text(to_ada)
    assert to_grace["Subject"] == "Will you mentor Ada Übermut?"
    assert "Ada Übermut wants to learn negotiation" in mail.text(to_grace)
    assert "Engineering mentoring, spring" in mail.text(to_grace)
    assert {each.language for each in await world.told(LetterSent)} == {"de", "en"}


async def test_an_offer_waits_for_working_hours_and_is_held_back_when_it_is_decided(world, mail):
    evening = MONDAY + timedelta(hours=9)
    await world.clock.set(evening)
    await world.hear(an_offer(evening))
    await world.run_jobs()
    assert mail.letters == []
    await world.hear(an(MatchAccepted))
    await world.clock.set(evening + DAY)
    await world.run_jobs()
    assert mail.letters == []
    assert {each.reason for each in await world.told(LetterSuppressed)} == {"outdated"}


async def test_an_offer_that_lapses_within_a_day_does_not_wait_for_the_morning(world, mail):
    night = MONDAY + timedelta(hours=13)
    await world.clock.set(night)
    await world.hear(an(MatchReminderDue, person_id=ADA, expires_at=night + timedelta(hours=20)))
    await world.run_jobs()
    assert len(mail.letters) == 1


async def test_a_reminder_replaces_the_offer_that_is_not_out_yet(world, mail):
    saturday = MONDAY + 5 * DAY
    await world.clock.set(saturday)
    await world.hear(an_offer(saturday))
    await world.hear(an(MatchReminderDue, person_id=ADA, expires_at=saturday + 3 * DAY))
    await world.clock.set(saturday + 2 * DAY)
    await world.run_jobs()
    assert sorted(each.template for each in await world.told(LetterSent)) == ["offer", "reminder"]


async def test_nobody_is_written_to_who_left_and_the_partner_gets_a_neutral_word(world, mail):
    await world.hear(an_offer(MONDAY))
    await world.hear(PersonLeft(person_id=GRACE, left_on=MONDAY.date()), sequence=9)
    await world.hear(an(RelationshipClosed, reason="person-left"))
    await world.clock.set(MONDAY + timedelta(minutes=20))
    await world.run_jobs()
    assert {each["To"].addresses[0].addr_spec for each in mail.letters} == {"ada@corp.example"}
    assert "niemand ist schuld" in mail.text(mail.letters[-1])
    assert "person-left" in {each.reason for each in await world.told(LetterSuppressed)}


async def test_leaving_heard_after_the_ending_still_keeps_the_letter_back(world, mail):
    await world.hear(an(RelationshipClosed, reason="person-left"))
    await world.run_jobs()
    assert mail.letters == []
    await world.hear(PersonLeft(person_id=GRACE, left_on=MONDAY.date()), sequence=9)
    await world.clock.set(MONDAY + timedelta(minutes=20))
    await world.run_jobs()
    assert [each["To"].addresses[0].addr_spec for each in mail.letters] == ["ada@corp.example"]


async def test_an_older_profile_changes_nothing(world):
    await world.hear(*known(ADA, "Ada New", "en"), sequence=9)
    await world.hear(*known(ADA, "Ada Old", "de"), sequence=3)
    row = await world.pool.fetchrow("SELECT name, languages FROM people WHERE person_id = 'ada'")
    assert (row["name"], row["languages"]) == ("Ada New", ["en"])


async def test_an_offer_that_lapsed_is_not_asked_again(world, mail):
    await world.clock.set(MONDAY + timedelta(hours=12))
    await world.hear(an_offer(MONDAY))
    await world.hear(an(MatchLapsed, unanswered_by=(ADA,)))
    await world.clock.set(MONDAY + DAY)
    await world.run_jobs()
    assert mail.letters == []


async def test_a_person_who_is_back_is_written_to_again(world, mail):
    await world.hear(PersonLeft(person_id=ADA, left_on=MONDAY.date()), sequence=9)
    await world.hear(known(ADA, "Ada", "de")[0], sequence=10)
    await world.hear(an_offer())
    await world.run_jobs()
    assert len(mail.letters) == 2
