"""Check-ins of the caller."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from chassis.db import Tx
from chassis.http import Asked, Body, Call, Page, allow, problems
from chassis.text import tidy
from services.engagement.api.views import OwnCheckinView, own_checkin_view
from services.engagement.domain.checkin import Answer, Status
from services.engagement.handlers import checking_in
from services.engagement.store import checkins

router = APIRouter(tags=["check-ins"])
Answering = Annotated[Call, allow("participant")]
Told = Annotated[str, Field(max_length=10_000)]


class AnswerBody(Body):
    """How it goes: four short questions, answered in a minute. Only the first needs an answer."""

    pulse: int = Field(ge=1, le=5, strict=True, description="1: badly, 5: very well")
    went_well: Told = ""
    missing: Told = ""
    private: Told = Field("", description="read only by those that the relationship names in `private_notes_go_to`")

    def answer(self) -> Answer:
        """The answer with its texts cut and addresses masked."""
        return Answer(self.pulse, tidy(self.went_well), tidy(self.missing), tidy(self.private))


@router.get("/checkins", responses=problems(422))
async def list_checkins(call: Answering, paging: Asked) -> Page[OwnCheckinView]:
    """What you were asked: open ones first, then the latest, with your own answers."""
    found = await call.read(
        lambda tx: checkins.checkins_of(
            tx, call.caller.subject, after=paging.after(bool, datetime, UUID), limit=paging.limit + 1
        )
    )
    page = paging.page(found, lambda each: (each[0].status is Status.OPEN, each[0].slot.due_at, each[0].id))
    return Page(items=[own_checkin_view(*each) for each in page.items], next=page.next)


@router.post("/checkins/{checkin_id}/answer", responses=problems(404, 409, 422))
async def answer_checkin(checkin_id: UUID, body: AnswerBody, call: Answering) -> OwnCheckinView:
    """Answers a check-in of yours, until `answer_by_at`."""
    answer = body.answer()

    async def work(tx: Tx) -> OwnCheckinView:
        completed = await checking_in.answer_checkin(tx, checkin_id, answer, by=call.caller.subject, now=call.now)
        return own_checkin_view(completed, answer)

    return await call.change(work)
