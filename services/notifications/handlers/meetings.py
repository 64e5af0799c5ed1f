"""Meetings in and out of people's calendars."""

from datetime import datetime

from chassis.db import Tx
from contracts.engagement import MeetingCancelled, MeetingHeld, MeetingScheduled
from services.notifications.domain.drafts import meetings
from services.notifications.handlers.letters import outdate, outdate_matter, write
from services.notifications.store import letters


async def invite(tx: Tx, event: MeetingScheduled, *, now: datetime) -> None:
    """Tells both when they meet, or meet instead."""
    told = await letters.told_of_meeting(tx, meetings.meeting_of(event.meeting_id))
    await write(tx, meetings.invitations(event, told=told, now=now), now=now)


async def call_off(tx: Tx, event: MeetingCancelled, *, now: datetime) -> None:
    """Tells who knows of the meeting that it is off; who does not know yet never will."""
    matter = meetings.meeting_of(event.meeting_id)
    drafts = meetings.cancellations(event, told=await letters.told_of_meeting(tx, matter), now=now)
    open_ones = await letters.lock_open_of_matter(tx, matter, person_ids=None)
    # Not the cancellation itself, if this is heard again.
    await outdate(tx, [each for each in open_ones if each.template == "meeting-scheduled"], now=now)
    await write(tx, drafts, now=now)


async def meeting_is_over(tx: Tx, event: MeetingHeld, *, now: datetime) -> None:
    """Nobody has to be told of a meeting that took place."""
    await outdate_matter(tx, meetings.meeting_of(event.meeting_id), now=now)
