"""A person's letters."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.errors import NotFound
from chassis.http import Asked, Call, Caller, Page, allow, problems
from contracts.event import PersonId
from contracts.notifications import LetterId, Template
from services.notifications.domain.letter import Letter, Status
from services.notifications.store import letters

READ_LETTERS = "notifications.read"

router = APIRouter(tags=["letters"])
Looking = Annotated[Call, allow("participant", "coordinator", "administrator", "system")]


class LetterView(BaseModel):
    """A letter and what became of it. Its text is not kept; the subject is shown to its reader only."""

    letter_id: LetterId
    template: Template
    cause: UUID = Field(description="id of the event that led to it")
    status: Status
    reason: str | None = Field(description="why it was held back or failed")
    planned_at: datetime
    send_at: datetime | None = Field(description="when it goes out, or is tried again")
    sent_at: datetime | None
    confirmed: bool = Field(description="false: handed over, but the mail server's answer was lost")
    attempts: int
    language: str | None
    in_digest: LetterId | None = Field(description="the digest that carried it")
    subject: str | None = Field(description="as it was sent; only for the person themselves")


@router.get("/people/{person_id}/letters", responses=problems(404, 422))
async def list_letters(person_id: PersonId, call: Looking, paging: Asked) -> Page[LetterView]:
    """Letters to a person, the latest first: to themselves, and without subjects to administrators."""
    if not may_see(call.caller, person_id):
        raise NotFound(f"there are no letters to {person_id} that you may see")
    found = await call.read(
        lambda tx: letters.page_of(tx, person_id, before=paging.after(datetime, UUID), limit=paging.limit + 1)
    )
    page = paging.page(found, lambda each: (each.planned_at, each.id))
    own = call.caller.subject == person_id
    return Page(items=[view(each, with_subject=own) for each in page.items], next=page.next)


def may_see(caller: Caller, person_id: PersonId) -> bool:
    """The person, administrators, and systems whose token names the scope."""
    if caller.has("system"):
        return READ_LETTERS in caller.scopes
    return caller.subject == person_id or caller.has("administrator")


def view(letter: Letter, *, with_subject: bool) -> LetterView:
    """What is shown of a letter."""
    return LetterView(
        letter_id=letter.id,
        template=letter.template,
        cause=letter.cause.event_id,
        status=letter.status,
        reason=letter.reason,
        planned_at=letter.planned_at,
        send_at=letter.send_at,
        sent_at=letter.done_at if letter.status is Status.SENT else None,
        confirmed=letter.confirmed,
        attempts=letter.attempts,
        language=letter.language,
        in_digest=letter.digest_id,
        subject=letter.subject if with_subject else None,
    )
