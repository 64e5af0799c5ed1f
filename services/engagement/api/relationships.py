"""Pairs: seeing them, agreeing, ending."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from chassis.db import Tx
from chassis.http import Asked, Body, Call, Page, allow, problems
from chassis.text import tidy
from contracts.engagement import MOST_FOCUS, Agreement, Channel, Rhythm
from services.engagement.api.looking import item, look_at
from services.engagement.api.viewers import viewer_of
from services.engagement.api.views import NoteView, RelationshipItem, RelationshipView
from services.engagement.domain.agreement import same_item
from services.engagement.domain.errors import DoesNotFit
from services.engagement.handlers import agreeing, closing
from services.engagement.store import notes, relationships

router = APIRouter(tags=["relationships"])
Seeing = Annotated[Call, allow("participant", "coordinator", "system")]
OneOfThePair = Annotated[Call, allow("participant")]
Coordinating = Annotated[Call, allow("coordinator")]


class Wish(Body):
    """What you want of your time together. Your partner sees it once both of you have answered."""

    rhythm: Rhythm
    channel: Channel
    focus: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        min_length=1, max_length=MOST_FOCUS, description="up to three of the mentee's wants or goals"
    )
    weeks: int = Field(ge=1, le=260, strict=True, description="for how long, from the start")

    def agreement(self) -> Agreement:
        """The wish with its texts tidied; an item named twice counts once."""
        items = (" ".join(tidy(text).split()) for text in self.focus)
        focus = tuple({same_item(text): text for text in items if text}.values())
        if not focus:
            raise DoesNotFit("name at least one thing to work on", field="focus")
        return Agreement(rhythm=self.rhythm, channel=self.channel, focus=focus, weeks=self.weeks)


@router.get("/relationships", responses=problems(422))
async def list_relationships(
    call: Seeing,
    paging: Asked,
    status: Literal["running", "closed"] | None = None,
    program: UUID | None = None,
) -> Page[RelationshipItem]:
    """Your pairs, newest first; for coordinators those of their programs as well."""
    viewer = viewer_of(call.caller)
    found = await call.read(
        lambda tx: relationships.list_visible(
            tx,
            viewer,
            running=None if status is None else status == "running",
            program_id=program,
            before=paging.after(datetime, UUID),
            limit=paging.limit + 1,
        )
    )
    page = paging.page(found, lambda each: (each.started_at, each.id))
    return Page(items=[item(each) for each in page.items], next=page.next)


@router.get("/relationships/{relationship_id}", responses=problems(404))
async def see_relationship(relationship_id: UUID, call: Seeing) -> RelationshipView:
    """One pair: agreement, meetings, and when check-ins are due."""
    viewer = viewer_of(call.caller)
    return await call.read(lambda tx: look_at(tx, relationship_id, viewer))


@router.put("/relationships/{relationship_id}/agreement", responses=problems(404, 409, 422))
async def fill_agreement(relationship_id: UUID, wish: Wish, call: OneOfThePair) -> RelationshipView:
    """Says what you want, or changes it. When both sides want the same, the agreement is signed and fixed."""
    agreement, viewer = wish.agreement(), viewer_of(call.caller)

    async def work(tx: Tx) -> RelationshipView:
        await agreeing.fill_agreement(tx, relationship_id, agreement, by=call.caller.subject, now=call.now)
        return await look_at(tx, relationship_id, viewer)

    return await call.change(work)


@router.post("/relationships/{relationship_id}/close", status_code=204, responses=problems(404, 409))
async def close_relationship(relationship_id: UUID, call: OneOfThePair) -> None:
    """Ends the relationship at once, without a reason. Your partner is told that it ended, not by whom."""

    async def work(tx: Tx) -> None:
        # No answer: a saved one would keep for two days who ended it.
        await closing.close_by_person(tx, relationship_id, by=call.caller.subject, now=call.now)

    await call.change(work)


@router.get("/relationships/{relationship_id}/notes", responses=problems(404))
async def read_notes(relationship_id: UUID, call: Coordinating) -> list[NoteView]:
    """Private notes in this pair that were addressed to you by name."""

    async def work(tx: Tx) -> list[NoteView]:
        await relationships.visible(tx, relationship_id, viewer_of(call.caller))
        found = await notes.notes_for(tx, relationship_id, call.caller.subject)
        return [NoteView.model_validate(each, from_attributes=True) for each in found]

    return await call.read(work)
