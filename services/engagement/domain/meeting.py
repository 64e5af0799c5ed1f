"""A meeting of a pair: put into the calendar, moved, held or cancelled."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from contracts.engagement import (
    Channel,
    MeetingCancelled,
    MeetingHeld,
    MeetingId,
    MeetingScheduled,
    RelationshipEvent,
    RelationshipId,
)
from services.engagement.domain.errors import DoesNotFit, WrongState
from services.engagement.domain.relationship import Relationship

SHORTEST, LONGEST = timedelta(minutes=10), timedelta(hours=8)
BACK = timedelta(days=1)
"""How far back a meeting may begin, so that one that came about by chance can still be noted."""
ANYWHERE = timedelta(hours=12)
"""A day is over once it is over everywhere on earth."""
MOST_PLANNED = 60
"""Meetings of one pair in the calendar at a time: more than a year of weekly ones."""


class Status(StrEnum):
    """Where a meeting stands."""

    SCHEDULED = "scheduled"
    HELD = "held"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Slot:
    """When and how two people meet."""

    starts_at: datetime
    ends_at: datetime
    channel: Channel

    @classmethod
    def of(cls, starts_at: datetime, length: timedelta, channel: Channel) -> "Slot":
        """A slot in UTC; a moment that no calendar can hold is refused."""
        try:
            begin = starts_at.astimezone(UTC)
            return cls(begin, begin + length, channel)
        except OverflowError as error:
            raise DoesNotFit("no calendar reaches that far", field="starts_at") from error


@dataclass(frozen=True)
class Meeting:
    """One meeting; `revision` rises with each change of the calendar entry."""

    id: MeetingId
    relationship_id: RelationshipId
    slot: Slot
    revision: int = 0
    status: Status = Status.SCHEDULED


def schedule(
    relationship: Relationship, meeting_id: MeetingId, slot: Slot, *, planned: int, now: datetime
) -> tuple[Meeting, list[RelationshipEvent]]:
    """A meeting is put into the calendar."""
    _must_fit(relationship, slot, now)
    if planned >= MOST_PLANNED:
        raise WrongState(f"{planned} meetings are planned already; hold or cancel some of them first")
    meeting = Meeting(meeting_id, relationship.id, slot)
    return meeting, [_scheduled(relationship, meeting)]


def move(
    relationship: Relationship, meeting: Meeting, slot: Slot, *, now: datetime
) -> tuple[Meeting, list[RelationshipEvent]]:
    """The meeting takes place at another time or in another way. The same slot again changes nothing."""
    relationship.must_run()
    _must_be_scheduled(meeting)
    if slot == meeting.slot:
        return meeting, []
    _must_fit(relationship, slot, now)
    moved = replace(meeting, slot=slot, revision=meeting.revision + 1)
    return moved, [_scheduled(relationship, moved)]


def hold(relationship: Relationship, meeting: Meeting, *, now: datetime) -> tuple[Meeting, list[RelationshipEvent]]:
    """They met."""
    relationship.must_run()
    _must_be_scheduled(meeting)
    if now < meeting.slot.starts_at:
        raise WrongState(f"this meeting begins at {_said(meeting.slot.starts_at)}; note it as held after that")
    held = MeetingHeld(**relationship.pair, meeting_id=meeting.id, held_at=meeting.slot.starts_at)
    return replace(meeting, status=Status.HELD), [held]


def cancel(relationship: Relationship, meeting: Meeting) -> tuple[Meeting, list[RelationshipEvent]]:
    """The meeting will not take place."""
    relationship.must_run()
    _must_be_scheduled(meeting)
    cancelled = replace(meeting, status=Status.CANCELLED, revision=meeting.revision + 1)
    return cancelled, [cancellation(relationship, cancelled)]


def cancellation(relationship: Relationship, cancelled: Meeting) -> MeetingCancelled:
    """What is told about a meeting that will not take place."""
    return MeetingCancelled(
        **relationship.pair,
        meeting_id=cancelled.id,
        starts_at=cancelled.slot.starts_at,
        ends_at=cancelled.slot.ends_at,
        channel=cancelled.slot.channel,
        revision=cancelled.revision,
    )


def _scheduled(relationship: Relationship, meeting: Meeting) -> MeetingScheduled:
    return MeetingScheduled(
        **relationship.pair,
        meeting_id=meeting.id,
        starts_at=meeting.slot.starts_at,
        ends_at=meeting.slot.ends_at,
        channel=meeting.slot.channel,
        revision=meeting.revision,
    )


def _must_fit(relationship: Relationship, slot: Slot, now: datetime) -> None:
    relationship.must_run()
    if not SHORTEST <= slot.ends_at - slot.starts_at <= LONGEST:
        raise DoesNotFit("a meeting takes between 10 minutes and 8 hours", field="length_minutes")
    if slot.starts_at < now - BACK:
        raise DoesNotFit(f"{_said(slot.starts_at)} is more than a day ago", field="starts_at")
    if (slot.starts_at - ANYWHERE).date() > relationship.ends_on:
        raise DoesNotFit(
            f"the relationship ends on {relationship.ends_on}; choose a day before that", field="starts_at"
        )


def _must_be_scheduled(meeting: Meeting) -> None:
    if meeting.status is Status.HELD:
        raise WrongState("this meeting was held already; it cannot be changed any more")
    if meeting.status is Status.CANCELLED:
        raise WrongState("this meeting was cancelled; schedule a new one")


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
