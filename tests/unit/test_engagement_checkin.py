"""Check-ins: when each side is asked, what counts as missed, who reads what is private."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.engagement import CheckinCompleted, CheckinDue, CheckinMissed
from contracts.matching import Cadence
from services.engagement.domain.checkin import Status, answer, ask, miss, plan, readers
from services.engagement.domain.errors import NobodyWouldRead, WrongState
from services.engagement.domain.person import Person
from services.engagement.domain.relationship import close
from services.engagement.domain.schedule import Slot, checkin_days, next_checkin
from services.engagement.domain.task import agreement_overdue, checkins_missed, finish
from tests.unit.test_engagement_relationship import BERLIN, MENTEE, MENTOR, NOW, a_relationship

PAIR = a_relationship()
DUE = datetime(2027, 1, 26, 8, tzinfo=UTC)
CHECKIN = plan(PAIR, MENTEE, Slot(1, DUE))
OPEN = ask(PAIR, CHECKIN)[0]
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Africa/Cairo", "America/St_Johns"]
HOURS = [("Mon-Fri 09:00-17:00",), ("Sun-Thu 08:00-16:00",), ("Fri 09:00-13:00",), ("Mon-Sun 22:00-24:00",)]
people = st.builds(
    Person,
    id=st.just(MENTEE),
    time_zone=st.sampled_from(ZONES),
    working_hours=st.sampled_from(HOURS),
    country=st.sampled_from([None, "DE", "US", "IN", "NZ", "EG"]),
)
cadences = st.builds(
    Cadence,
    checkin_days=st.lists(st.integers(-5, 60), max_size=4).map(tuple),
    checkin_every_days=st.integers(1, 60),
)


def all_slots(starts_on: date, ends_on: date, cadence: Cadence, person: Person) -> list[Slot]:
    slots: list[Slot] = []
    while slot := next_checkin(starts_on, ends_on, cadence, person, after=slots[-1] if slots else None):
        slots.append(slot)
    return slots


def test_everyone_is_asked_on_day_14_and_45_and_then_every_45_days():
    assert list(islice(checkin_days(Cadence()), 5)) == [14, 45, 90, 135, 180]


def test_nine_oclock_stays_nine_oclock_when_the_clocks_change():
    slots = all_slots(date(2027, 2, 22), date(2027, 6, 1), Cadence(), BERLIN)
    assert slots == [
        Slot(1, datetime(2027, 3, 8, 8, tzinfo=UTC)),
        Slot(2, datetime(2027, 4, 8, 7, tzinfo=UTC)),
        Slot(3, datetime(2027, 5, 24, 7, tzinfo=UTC)),  # day 90 is a Sunday
    ]


def test_nobody_is_asked_on_a_holiday_or_a_weekend_of_theirs():
    cairo = Person(MENTEE, "Africa/Cairo", ("Sun-Thu 08:00-16:00",))
    assert next_checkin(date(2027, 1, 8), date(2027, 4, 2), Cadence(), cairo, after=None) == Slot(
        1,
        datetime(2027, 1, 24, 7, tzinfo=UTC),  # day 14 is a Friday; Sunday is a working day there
    )


def test_a_checkin_behind_the_end_is_not_due():
    assert all_slots(date(2027, 1, 12), date(2027, 1, 25), Cadence(), BERLIN) == []
    assert len(all_slots(date(2027, 1, 12), date(2027, 1, 26), Cadence(), BERLIN)) == 1
    assert all_slots(date(2027, 1, 9), date(2027, 1, 24), Cadence(), BERLIN) == []  # moved behind it


def test_days_beyond_every_calendar_do_no_harm():
    cadence = Cadence(checkin_days=(14, 10**12))
    assert len(all_slots(date(2027, 1, 12), date(2027, 4, 6), cadence, BERLIN)) == 1


@settings(max_examples=40, deadline=None)
@given(people, cadences, st.dates(date(2025, 1, 1), date(2030, 1, 1)), st.integers(1, 30))
def test_checkins_rise_lie_inside_and_fall_on_working_mornings(person, cadence, starts_on, weeks):
    ends_on = starts_on + timedelta(weeks=weeks)
    slots = all_slots(starts_on, ends_on, cadence, person)
    for slot in slots:
        local = slot.due_at.astimezone(ZoneInfo(person.time_zone))
        assert (local.hour, local.minute) == (9, 0)
        assert person.working_day(local.date()) == local.date()
        assert starts_on < local.date() <= ends_on
    for one, following in pairwise(slots):
        assert one.number < following.number
        assert one.due_at < following.due_at


def test_asking_opens_the_checkin_for_two_days():
    opened, events = ask(PAIR, CHECKIN)
    assert opened.status is Status.OPEN
    assert events == [
        CheckinDue(
            **PAIR.pair,
            checkin_id=CHECKIN.id,
            person_id=MENTEE,
            number=1,
            due_at=DUE,
            answer_by_at=DUE + timedelta(days=2),
        )
    ]
    assert ask(PAIR, opened) == (opened, [])


def test_an_answer_in_time_completes_it():
    completed, events = answer(PAIR, OPEN, None, now=DUE + timedelta(hours=47))
    assert (completed.status, completed.answered_at) == (Status.COMPLETED, DUE + timedelta(hours=47))
    assert [type(event) for event in events] == [CheckinCompleted]
    assert not {"pulse", "went_well", "missing", "private"} & set(events[0].model_dump())


@pytest.mark.parametrize(
    ("checkin", "sentence"),
    [
        (CHECKIN, "opens at 2027-01-26 08:00 UTC"),
        (answer(PAIR, OPEN, None, now=DUE)[0], "answered this check-in already"),
        (miss(PAIR, OPEN, [])[0], "could be answered until 2027-01-28 08:00 UTC; the next one opens at 2027-02-26"),
        (OPEN, "could be answered until 2027-01-28 08:00 UTC"),
    ],
)
def test_an_answer_at_the_wrong_time_is_refused_with_the_way_out(checkin, sentence):
    upcoming = Slot(2, datetime(2027, 2, 26, 8, tzinfo=UTC))
    with pytest.raises(WrongState, match=sentence):
        answer(PAIR, checkin, upcoming, now=DUE + timedelta(days=2))


def test_misses_are_counted_in_a_row():
    for before, in_a_row in (
        ([], 1),
        ([Status.MISSED], 2),
        ([Status.MISSED, Status.MISSED, Status.COMPLETED], 3),
        ([Status.COMPLETED, Status.MISSED], 1),
    ):
        missed, number, (event,) = miss(PAIR, OPEN, before)
        assert missed.status is Status.MISSED
        assert isinstance(event, CheckinMissed)
        assert number == event.missed_in_a_row == in_a_row


def test_there_is_nothing_to_ask_or_miss_after_the_end():
    ended, _ = close(PAIR, "ended", [], now=NOW)
    assert ask(ended, CHECKIN) == (CHECKIN, [])
    assert miss(ended, OPEN, []) == (OPEN, 0, [])


def test_one_streak_of_misses_is_one_task():
    tasks = [checkins_missed(PAIR, MENTEE, CHECKIN.id, in_a_row, now=NOW) for in_a_row in (1, 2, 3, 4)]
    assert [task is not None for task in tasks] == [False, True, False, False]


def test_a_task_is_done_once_and_no_task_is_made_for_a_signed_pair():
    task = agreement_overdue(PAIR, now=NOW)
    done = finish(task, by="c-1", now=NOW)
    assert (done.done_at, done.done_by) == (NOW, "c-1")
    with pytest.raises(WrongState, match="done on 2027-01-12"):
        finish(done, by="c-2", now=NOW)
    assert agreement_overdue(a_relationship(signed_at=NOW), now=NOW) is None


def test_a_private_note_never_reaches_the_partner_or_the_line_manager():
    writer = Person(MENTEE, "Europe/Berlin", manager_id="boss")
    assert readers(["c-1", MENTOR, "boss", MENTEE, "c-2"], PAIR, writer) == ("c-1", "c-2")
    with pytest.raises(NobodyWouldRead, match="leave it out"):
        readers([MENTOR, "boss"], PAIR, writer)
