"""Budget, digest, calendar, and letters that have to wait: over days, on a real database."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts.engagement import (
    AgreementDiverged,
    AgreementDue,
    AgreementSigned,
    CheckinCompleted,
    CheckinDue,
    MeetingCancelled,
    MeetingHeld,
    MeetingScheduled,
)
from contracts.notifications import LetterFailed, LetterSent, LetterSuppressed
from services.notifications.__main__ import SERVICE
from tests.harness import MONDAY
from tests.service.test_notifications_letters import ADA, DAY, GRACE, a_meeting, an, an_offer, known
from tests.service.test_notifications_mail_server import a_mail_server


@pytest.fixture
async def mail():
    async with a_mail_server() as server:
        yield server


@pytest.fixture
async def world(a_world, mail):
    world = await a_world(SERVICE, smtp_url=mail.url)
    await world.hear(*known(ADA, "Ada Übermut", "de"), *known(GRACE, "Grace Example", "en"))
    return world


async def test_three_letters_a_week_and_the_rest_in_the_digest(world, mail):
    for _ in range(5):
        await world.hear(an(AgreementDiverged, relationship_id=uuid4()))
    await world.run_jobs()
    assert len([each for each in mail.letters if each["To"].addresses[0].username == ADA]) == 3
    assert [each.reason for each in await world.told(LetterSuppressed)] == ["budget"] * 4
    await world.clock.set(MONDAY + DAY)
    await world.run_jobs()
    digest = [each for each in mail.letters if each["X-Mentoring-Template"] == "digest"]
    assert {each["Subject"] for each in digest} == {"Ihr Mentoring heute: 2 Dinge", "Your mentoring today: 2 things"}
    carried = [each for each in await world.told(LetterSent) if each.in_digest]
    assert len(carried) == 4
    assert {each.in_digest for each in carried} == {
        each.letter_id for each in await world.told(LetterSent) if each.template == "digest"
    }


async def test_what_waits_for_the_digest_falls_out_when_it_is_no_longer_true(world, mail):
    relationship, checkin = uuid4(), uuid4()
    await world.hear(an(AgreementDue, relationship_id=relationship))
    await world.hear(an(CheckinDue, person_id=ADA, checkin_id=checkin, due_at=MONDAY, answer_by_at=MONDAY + 4 * DAY))
    await world.hear(an(AgreementSigned, relationship_id=relationship))
    await world.hear(an(CheckinCompleted, person_id=ADA, checkin_id=checkin, due_at=MONDAY))
    await world.clock.set(MONDAY + DAY)
    await world.run_jobs()
    assert mail.letters == []
    assert [each.reason for each in await world.told(LetterSuppressed)] == ["outdated"] * 3


async def test_a_checkin_that_the_digest_would_bring_too_late_goes_by_itself(world, mail):
    friday = MONDAY + 4 * DAY
    await world.clock.set(friday)
    await world.hear(an(CheckinDue, person_id=ADA, due_at=friday, answer_by_at=friday + 2 * DAY))
    await world.run_jobs()
    assert [each["X-Mentoring-Template"] for each in mail.letters] == ["checkin-due"]


async def test_a_meeting_is_put_in_the_calendar_moved_and_taken_out(world, mail):
    meeting, soon = uuid4(), MONDAY + timedelta(hours=20)
    await world.hear(a_meeting(MeetingScheduled, MONDAY + 6 * DAY, meeting_id=meeting))
    await world.run_jobs()
    await world.hear(a_meeting(MeetingScheduled, soon, meeting_id=meeting, revision=1))
    await world.run_jobs()
    await world.hear(a_meeting(MeetingCancelled, soon, meeting_id=meeting, revision=2))
    await world.run_jobs()
    calendars = [mail.calendar(each) for each in mail.letters if each["To"].addresses[0].username == GRACE]
    assert [each["METHOD"] for each in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [each.walk("VEVENT")[0] for each in calendars]
    assert len({each["UID"] for each in events}) == 1
    assert [each["SEQUENCE"] for each in events] == [0, 1, 2]
    assert "Moved" in mail.letters[2]["Subject"] or "Verlegt" in mail.letters[2]["Subject"]


async def test_a_meeting_cancelled_before_anybody_heard_of_it_is_not_mentioned(world, mail):
    meeting, night = uuid4(), MONDAY + timedelta(hours=12)
    await world.clock.set(night)
    await world.hear(a_meeting(MeetingScheduled, night + 6 * DAY, meeting_id=meeting))
    await world.hear(a_meeting(MeetingCancelled, night + 6 * DAY, meeting_id=meeting, revision=1))
    await world.clock.set(night + DAY)
    await world.run_jobs()
    assert mail.letters == []


async def test_a_meeting_that_was_held_or_is_past_is_not_announced(world, mail):
    night, held, past = MONDAY + timedelta(hours=12), uuid4(), uuid4()
    await world.clock.set(night)
    await world.hear(a_meeting(MeetingScheduled, night + 3 * DAY, meeting_id=held))
    await world.hear(an(MeetingHeld, meeting_id=held))
    await world.hear(a_meeting(MeetingScheduled, night + 2 * DAY, meeting_id=past))
    await world.clock.set(night + 2 * DAY)
    await world.run_jobs()
    assert mail.letters == []


async def test_a_letter_waits_until_we_know_where_to_write(a_world, mail):
    world = await a_world(SERVICE, smtp_url=mail.url)
    await world.hear(an_offer())
    await world.run_jobs()
    assert mail.letters == []
    await world.hear(*known(ADA, "Ada", "de"))
    await world.run_jobs()
    assert mail.letters == [], "the partner's name is missing"
    await world.hear(*known(GRACE, "Grace", "en"))
    await world.run_jobs()
    assert len(mail.letters) == 2


async def test_a_letter_whose_reader_never_becomes_known_is_given_up(a_world, mail):
    world = await a_world(SERVICE, smtp_url=mail.url)
    await world.hear(an(AgreementDue))
    await world.clock.set(MONDAY + 7 * DAY)
    await world.run_jobs()
    assert {each.reason for each in await world.told(LetterFailed)} == {"gave-up"}
