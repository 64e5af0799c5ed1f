"""A pair's calendar."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field

from chassis.db import Tx
from chassis.envelope import new_id
from chassis.http import Body, Call, allow, etag, problems
from contracts.engagement import Channel
from services.engagement.api.views import MeetingView, meeting_view
from services.engagement.domain.meeting import Slot
from services.engagement.handlers import meeting as handlers

router = APIRouter(tags=["meetings"])
OneOfThePair = Annotated[Call, allow("participant")]
LENGTH = 60


class SlotBody(Body):
    """When and how to meet."""

    starts_at: AwareDatetime = Field(description="with an offset, like 2027-01-20T14:00:00Z")
    length_minutes: int = Field(LENGTH, ge=10, le=480, strict=True)
    channel: Channel

    def slot(self) -> Slot:
        """The slot in UTC."""
        return Slot.of(self.starts_at, timedelta(minutes=self.length_minutes), self.channel)


@router.post("/relationships/{relationship_id}/meetings", status_code=201, responses=problems(404, 409, 422))
async def schedule_meeting(relationship_id: UUID, body: SlotBody, call: OneOfThePair) -> MeetingView:
    """Puts a meeting into both calendars; up to a day ago, to note one that came about by chance."""
    slot, meeting_id = body.slot(), new_id()

    async def work(tx: Tx) -> MeetingView:
        return meeting_view(
            await handlers.schedule_meeting(tx, relationship_id, meeting_id, slot, by=call.caller.subject, now=call.now)
        )

    return await call.change(work)


@router.put("/meetings/{meeting_id}", responses=problems(404, 409, 412, 422))
async def move_meeting(meeting_id: UUID, body: SlotBody, call: OneOfThePair, response: Response) -> MeetingView:
    """Moves a meeting. With its `revision` as `If-Match`, only if nobody else moved it meanwhile."""
    slot, check = body.slot(), call.check_match if call.if_match else None

    async def work(tx: Tx) -> MeetingView:
        return meeting_view(
            await handlers.move_meeting(tx, meeting_id, slot, by=call.caller.subject, check=check, now=call.now)
        )

    moved = await call.change(work)
    response.headers["ETag"] = etag(moved.revision)
    return moved


@router.post("/meetings/{meeting_id}/held", responses=problems(404, 409))
async def hold_meeting(meeting_id: UUID, call: OneOfThePair) -> MeetingView:
    """Notes that you met; either of you may, once the meeting has begun."""

    async def work(tx: Tx) -> MeetingView:
        return meeting_view(await handlers.hold_meeting(tx, meeting_id, by=call.caller.subject, now=call.now))

    return await call.change(work)


@router.post("/meetings/{meeting_id}/cancel", responses=problems(404, 409))
async def cancel_meeting(meeting_id: UUID, call: OneOfThePair) -> MeetingView:
    """Takes the meeting out of both calendars."""

    async def work(tx: Tx) -> MeetingView:
        return meeting_view(await handlers.cancel_meeting(tx, meeting_id, by=call.caller.subject, now=call.now))

    return await call.change(work)
