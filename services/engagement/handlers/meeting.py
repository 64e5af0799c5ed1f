"""A pair's calendar."""

from collections.abc import Callable
from datetime import datetime

from chassis import outbox
from chassis.db import Tx
from contracts.engagement import MeetingId, RelationshipId
from contracts.event import PersonId
from services.engagement.domain import meeting as domain
from services.engagement.domain.meeting import Meeting, Slot
from services.engagement.store import meetings, relationships


async def schedule_meeting(
    tx: Tx, relationship_id: RelationshipId, meeting_id: MeetingId, slot: Slot, *, by: PersonId, now: datetime
) -> Meeting:
    """Puts a meeting into the calendar of a pair."""
    relationship = await relationships.lock_own(tx, relationship_id, by)
    planned = await meetings.count_planned(tx, relationship_id)
    meeting, events = domain.schedule(relationship, meeting_id, slot, planned=planned, now=now)
    await meetings.save_meeting(tx, meeting)
    await outbox.tell(tx, events, now=now)
    return meeting


async def move_meeting(
    tx: Tx,
    meeting_id: MeetingId,
    slot: Slot,
    *,
    by: PersonId,
    check: Callable[[int], None] | None = None,
    now: datetime,
) -> Meeting:
    """Moves a meeting to another slot; `check` may refuse the revision that is moved."""
    relationship = await relationships.lock_by_meeting(tx, meeting_id, by)
    meeting = await meetings.meeting(tx, meeting_id)
    if check:
        check(meeting.revision)
    meeting, events = domain.move(relationship, meeting, slot, now=now)
    await meetings.save_meeting(tx, meeting)
    await outbox.tell(tx, events, now=now)
    return meeting


async def hold_meeting(tx: Tx, meeting_id: MeetingId, *, by: PersonId, now: datetime) -> Meeting:
    """Notes that a meeting took place."""
    relationship = await relationships.lock_by_meeting(tx, meeting_id, by)
    meeting = await meetings.meeting(tx, meeting_id)
    meeting, events = domain.hold(relationship, meeting, now=now)
    await meetings.save_meeting(tx, meeting)
    await outbox.tell(tx, events, now=now)
    return meeting


async def cancel_meeting(tx: Tx, meeting_id: MeetingId, *, by: PersonId, now: datetime) -> Meeting:
    """Takes a meeting out of the calendar."""
    relationship = await relationships.lock_by_meeting(tx, meeting_id, by)
    meeting = await meetings.meeting(tx, meeting_id)
    meeting, events = domain.cancel(relationship, meeting)
    await meetings.save_meeting(tx, meeting)
    await outbox.tell(tx, events, now=now)
    return meeting
