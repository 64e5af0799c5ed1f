"""What a restored database does with the story of a pair that it knows only up to a point: others have heard it all.

What people answered in private lies on no topic; a check-in that was answered is asked again.
"""

from dataclasses import replace
from datetime import datetime

from chassis import outbox
from chassis.db import Tx
from contracts.engagement import AgreementSigned, MeetingCancelled, MeetingHeld, MeetingScheduled, RelationshipClosed
from services.engagement.domain.agreement import Sides
from services.engagement.domain.meeting import Meeting, Slot, Status
from services.engagement.handlers.agreeing import fill_agreement
from services.engagement.handlers.closing import finish
from services.engagement.store import agreements, meetings, relationships


async def sign(tx: Tx, event: AgreementSigned, *, now: datetime) -> None:
    """Both sides want what was told."""
    relationship = await relationships.lock(tx, event.relationship_id)
    if relationship.signed_at is not None:
        return
    sides, wish = await agreements.sides_of(tx, relationship.id), event.agreement
    if wish not in {sides.mentee, sides.mentor}:
        await agreements.save_sides(tx, relationship.id, Sides(mentor=wish))
    last = relationship.mentor_id if sides.mentee == wish else relationship.mentee_id
    await fill_agreement(tx, relationship.id, wish, by=last, now=now)


async def put_into_calendar(tx: Tx, event: MeetingScheduled | MeetingCancelled, *, now: datetime) -> None:
    """The meeting stands in two calendars, or was taken out of them."""
    await relationships.lock(tx, event.relationship_id)
    status = Status.SCHEDULED if isinstance(event, MeetingScheduled) else Status.CANCELLED
    slot = Slot(event.starts_at, event.ends_at, event.channel)
    await meetings.save_meeting(tx, Meeting(event.meeting_id, event.relationship_id, slot, event.revision, status))
    await outbox.tell(tx, [event], now=now)


async def hold(tx: Tx, event: MeetingHeld, *, now: datetime) -> None:
    """They met."""
    await relationships.lock(tx, event.relationship_id)
    known = await meetings.meeting(tx, event.meeting_id)
    await meetings.save_meeting(tx, replace(known, status=Status.HELD))
    await outbox.tell(tx, [event], now=now)


async def close(tx: Tx, event: RelationshipClosed, *, now: datetime) -> None:
    """The pair has ended, and whoever gave it a seat has taken it back."""
    relationship = await relationships.lock(tx, event.relationship_id)
    if relationship.closed_at is None:
        await finish(tx, relationship, event.reason, now=now)
