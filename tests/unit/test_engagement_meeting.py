"""Meetings: scheduled within reason, moved, held, cancelled; each only from where it makes sense."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.engagement import MeetingCancelled, MeetingHeld, MeetingScheduled
from services.engagement.domain.errors import DoesNotFit, HasEnded, WrongState
from services.engagement.domain.meeting import MOST_PLANNED, Slot, Status, cancel, hold, move, schedule
from services.engagement.domain.relationship import close
from tests.unit.test_engagement_relationship import NOW, a_relationship

PAIR = a_relationship()
MEETING_ID = UUID(int=1)


def a_slot(hours: float = 24, minutes: int = 60) -> Slot:
    return Slot.of(NOW + timedelta(hours=hours), timedelta(minutes=minutes), "video")


def a_meeting(slot: Slot | None = None):
    return schedule(PAIR, MEETING_ID, slot or a_slot(), planned=0, now=NOW)[0]


def test_a_meeting_is_scheduled_moved_and_held():
    meeting, (scheduled,) = schedule(PAIR, MEETING_ID, a_slot(), planned=0, now=NOW)
    moved, (told,) = move(PAIR, meeting, a_slot(48), now=NOW)
    held, (met,) = hold(PAIR, moved, now=NOW + timedelta(hours=48))
    assert scheduled == MeetingScheduled(
        **PAIR.pair,
        meeting_id=MEETING_ID,
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=1, hours=1),
        channel="video",
        revision=0,
    )
    assert (told.revision, told.starts_at) == (1, NOW + timedelta(days=2))
    assert met == MeetingHeld(**PAIR.pair, meeting_id=MEETING_ID, held_at=NOW + timedelta(days=2))
    assert held.status is Status.HELD


def test_moving_to_the_same_slot_changes_and_tells_nothing():
    assert move(PAIR, a_meeting(), a_slot(), now=NOW) == (a_meeting(), [])


def test_a_cancelled_meeting_names_its_slot_and_the_next_revision():
    cancelled, (event,) = cancel(PAIR, a_meeting())
    assert cancelled.status is Status.CANCELLED
    assert isinstance(event, MeetingCancelled)
    assert (event.starts_at, event.revision) == (NOW + timedelta(days=1), 1)


@pytest.mark.parametrize(
    ("slot", "sentence"),
    [
        (a_slot(minutes=9), "between 10 minutes and 8 hours"),
        (a_slot(minutes=481), "between 10 minutes and 8 hours"),
        (a_slot(hours=-25), "2027-01-11 09:00 UTC is more than a day ago"),
        (a_slot(hours=24 * 100), "ends on 2027-04-06"),
    ],
)
def test_a_meeting_must_make_sense(slot, sentence):
    with pytest.raises(DoesNotFit, match=sentence):
        schedule(PAIR, MEETING_ID, slot, planned=0, now=NOW)


def test_the_last_day_is_over_once_it_is_over_everywhere():
    evening_in_california = datetime(2027, 4, 7, 4, tzinfo=UTC)
    schedule(PAIR, MEETING_ID, Slot.of(evening_in_california, timedelta(hours=1), "video"), planned=0, now=NOW)


def test_a_moment_beyond_every_calendar_is_refused():
    with pytest.raises(DoesNotFit, match="no calendar"):
        Slot.of(datetime.max.replace(tzinfo=UTC), timedelta(hours=1), "video")


def test_a_calendar_does_not_fill_without_end():
    with pytest.raises(WrongState, match="60 meetings are planned"):
        schedule(PAIR, MEETING_ID, a_slot(), planned=MOST_PLANNED, now=NOW)


def test_a_meeting_that_has_not_begun_cannot_have_been_held():
    with pytest.raises(WrongState, match="begins at 2027-01-13 10:00 UTC"):
        hold(PAIR, a_meeting(), now=NOW)


def test_a_meeting_that_came_about_by_chance_can_be_noted_the_day_after():
    _, (held,) = hold(PAIR, a_meeting(a_slot(hours=-20)), now=NOW)
    assert isinstance(held, MeetingHeld)


def test_what_was_held_or_cancelled_stays_so():
    held = hold(PAIR, a_meeting(a_slot(-1)), now=NOW)[0]
    cancelled = cancel(PAIR, a_meeting())[0]
    for meeting, sentence in ((held, "was held already"), (cancelled, "was cancelled")):
        for change in (
            lambda meeting=meeting: move(PAIR, meeting, a_slot(30), now=NOW),
            lambda meeting=meeting: hold(PAIR, meeting, now=NOW),
            lambda meeting=meeting: cancel(PAIR, meeting),
        ):
            with pytest.raises(WrongState, match=sentence):
                change()


def test_no_meeting_after_the_end_of_the_pair():
    ended, _ = close(PAIR, "ended", [], now=NOW)
    with pytest.raises(HasEnded):
        schedule(ended, MEETING_ID, a_slot(), planned=0, now=NOW)
