"""Each side has its own three working days."""

from datetime import UTC, date, datetime

import pytest

from contracts.matching import Policy
from contracts.profiles import ProfileUpdated
from services.matching.domain import deadlines

POLICY = Policy(name="Spring", starts_on=date(2027, 1, 11))


def somebody(zone: str, hours: str = "Mon-Fri 09:00-17:00", country: str | None = None) -> ProfileUpdated:
    return ProfileUpdated(
        person_id="p-1",
        roles=("mentor",),
        mentor_seats=1,
        time_zone=zone,
        languages=("en",),
        working_hours=(hours,),
        country=country,
    )


@pytest.mark.parametrize(
    ("person", "asked_at", "answer_by"),
    [
        (somebody("UTC"), "2027-01-11T09:00", "2027-01-14T09:00"),
        (somebody("UTC"), "2027-01-15T09:00", "2027-01-20T09:00"),  # over a weekend
        (somebody("Asia/Dubai", "Sun-Thu 08:00-16:00"), "2027-01-14T05:00", "2027-01-19T05:00"),  # their weekend
        (somebody("Europe/Berlin", country="DE"), "2027-03-25T09:00", "2027-04-01T08:00"),  # Easter, and DST
        (somebody("America/New_York"), "2027-03-12T15:00", "2027-03-17T14:00"),  # the clocks go forward
        (somebody("Asia/Kolkata", "Fri 09:00-13:00"), "2027-01-15T06:00", "2027-02-05T06:00"),  # Fridays only
    ],
)
def test_three_working_days_in_one_s_own_calendar(person, asked_at, answer_by):
    now = datetime.fromisoformat(asked_at).replace(tzinfo=UTC)
    ask = deadlines.ask(person, POLICY, now=now)
    assert ask.answer_by == datetime.fromisoformat(answer_by).replace(tzinfo=UTC)
    assert now < ask.reminders[0] < ask.reminders[1] < ask.answer_by


def test_reminders_come_at_half_and_at_85_percent_of_the_working_time():
    ask = deadlines.ask(somebody("UTC"), POLICY, now=datetime(2027, 1, 11, 9, tzinfo=UTC))
    assert ask.reminders == (datetime(2027, 1, 12, 21, tzinfo=UTC), datetime(2027, 1, 13, 22, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("now", "starts_on"),
    [
        ("2027-01-04T12:00", date(2027, 1, 11)),  # before the program
        ("2027-01-20T12:00", date(2027, 1, 20)),
        ("2027-01-20T22:00", date(2027, 1, 21)),  # tomorrow already where the mentee is
    ],
)
def test_a_pair_starts_on_the_mentee_s_day_or_with_the_program(now, starts_on):
    mentee, mentor = somebody("Asia/Kolkata"), somebody("America/New_York")
    terms = deadlines.terms(POLICY, mentee, mentor, now=datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert terms.starts_on == starts_on
    assert (terms.mentee_time_zone, terms.mentor_time_zone) == ("Asia/Kolkata", "America/New_York")
