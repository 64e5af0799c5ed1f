"""Meetings: put into the calendar, moved, cancelled."""

from collections.abc import Mapping
from datetime import datetime

from contracts.engagement import MeetingCancelled, MeetingScheduled
from contracts.event import PersonId
from contracts.notifications import Template
from services.notifications.domain.drafts.sides import both, of_pair
from services.notifications.domain.letter import Draft, Pace
from services.notifications.domain.planning import is_soon

ToldBefore = Mapping[PersonId, datetime]
"""When the meeting begins as far as each person was told before; who was not told is not in it."""


def invitations(event: MeetingScheduled, *, told: ToldBefore, now: datetime) -> list[Draft]:
    """A meeting, new or moved, with an entry for the calendar."""
    return [_of_meeting(event, person, "meeting-scheduled", told.get(person), now) for person in both(event)]


def cancellations(event: MeetingCancelled, *, told: ToldBefore, now: datetime) -> list[Draft]:
    """Takes the meeting out of the calendars it is in. Who never heard of it is not told that it is off."""
    people = [person for person in both(event) if person in told]
    return [_of_meeting(event, person, "meeting-cancelled", told[person], now) for person in people]


def meeting_of(meeting_id: object) -> str:
    """The matter of everything about one meeting."""
    return f"meeting:{meeting_id}"


def _of_meeting(
    event: MeetingScheduled | MeetingCancelled,
    person: PersonId,
    template: Template,
    was_at: datetime | None,
    now: datetime,
) -> Draft:
    # A meeting moved from tomorrow to next week is news for tomorrow.
    first = min(event.starts_at, was_at) if was_at and was_at > now else event.starts_at
    return of_pair(
        event,
        person,
        template,
        matter=meeting_of(event.meeting_id),
        pace=Pace.AT_ONCE if is_soon(first, now) else Pace.SINGLE,
        know_by_at=first,
        void_at=event.starts_at,
        facts={
            "meeting_id": str(event.meeting_id),
            "starts_at": event.starts_at.isoformat(),
            "ends_at": event.ends_at.isoformat(),
            "channel": event.channel,
            "revision": event.revision,
            "moved": was_at is not None,
        },
    )
