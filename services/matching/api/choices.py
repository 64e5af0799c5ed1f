"""Choices: which mentors a mentee would like most, and whom they do not want, before a run counts."""

from typing import Annotated

from fastapi import APIRouter

from chassis.db import Tx
from chassis.http import Asked, Call, Page, allow, problems
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.api.bodies import ChoiceBody
from services.matching.api.views.choices import ChoiceView
from services.matching.domain.choice import Choice
from services.matching.handlers import choices as handlers
from services.matching.store import choices as store

router = APIRouter(tags=["choices"])
Mentee = Annotated[Call, allow("participant")]


@router.put("/programs/{program_id}/choices/{mentor_id}", responses=problems(404, 409, 422))
async def choose(program_id: ProgramId, mentor_id: PersonId, body: ChoiceBody, call: Mentee) -> ChoiceView:
    """Ranks or refuses a mentor, for oneself; nobody else can read it. A rank is given to one mentor at a time.

    It holds for runs, shortlists, requests and follow-ups from now on. Open offers stay as they are: answer them.
    """
    choice = Choice(call.caller.subject, mentor_id, body.rank, call.now)

    async def work(tx: Tx) -> ChoiceView:
        return ChoiceView.of(await handlers.choose(tx, program_id, choice))

    return await call.change(work)


@router.delete("/programs/{program_id}/choices/{mentor_id}", status_code=204, responses=problems(404))
async def take_back(program_id: ProgramId, mentor_id: PersonId, call: Mentee) -> None:
    """Forgets one's choice about a mentor. Twice is the same as once."""
    await call.change(lambda tx: handlers.take_back(tx, program_id, call.caller.subject, mentor_id))


@router.get("/programs/{program_id}/choices", responses=problems(404))
async def list_choices(program_id: ProgramId, call: Mentee, asked: Asked) -> Page[ChoiceView]:
    """One's own choices in a program, by mentor."""
    after = asked.after(PersonId)

    async def work(tx: Tx) -> Page[ChoiceView]:
        await handlers.must_exist(tx, program_id)
        found = await store.page(
            tx, program_id, call.caller.subject, after=after[0] if after else None, limit=asked.limit + 1
        )
        return asked.page([ChoiceView.of(each) for each in found], lambda view: [view.mentor_id])

    return await call.read(work)
