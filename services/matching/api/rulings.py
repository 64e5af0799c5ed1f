"""Rulings: what a coordinator decides about two people, before a run or after a look at its pairs."""

from fastapi import APIRouter

from chassis.db import Tx
from chassis.http import Asked, Page, problems
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.api.bodies import RulingBody
from services.matching.api.programs import Manager, coordinator_of, looked_after
from services.matching.api.views.rulings import RulingView
from services.matching.domain.ruling import Ruling
from services.matching.handlers import rulings as handlers
from services.matching.store import rulings as store

router = APIRouter(tags=["rulings"])
PAIR = "/programs/{program_id}/rulings/{mentee_id}/{mentor_id}"


@router.put(PAIR, responses=problems(404, 409, 422))
async def rule(
    program_id: ProgramId, mentee_id: PersonId, mentor_id: PersonId, body: RulingBody, call: Manager
) -> RulingView:
    """Pins or forbids a pair. A pinned pair is kept by each run as long as no hard rule forbids it.

    It holds for runs, shortlists and offers from now on; ask for a run again to see what it changes. Offers that are
    open stay as they are.
    """
    ruling = Ruling(mentee_id, mentor_id, body.verdict, call.caller.subject, call.now)

    async def work(tx: Tx) -> RulingView:
        return RulingView.of(await handlers.rule(tx, program_id, ruling, coordinator=coordinator_of(call)))

    return await call.change(work)


@router.delete(PAIR, status_code=204, responses=problems(404))
async def take_back(program_id: ProgramId, mentee_id: PersonId, mentor_id: PersonId, call: Manager) -> None:
    """Leaves the pair to the next run again. Twice is the same as once."""
    await call.change(
        lambda tx: handlers.take_back(tx, program_id, mentee_id, mentor_id, coordinator=coordinator_of(call))
    )


@router.get("/programs/{program_id}/rulings", responses=problems(404))
async def list_rulings(program_id: ProgramId, call: Manager, asked: Asked) -> Page[RulingView]:
    """What was decided about pairs of a program, by mentee and mentor."""
    after = asked.after(PersonId, PersonId)

    async def work(tx: Tx) -> Page[RulingView]:
        await looked_after(tx, program_id, call)
        found = await store.page(tx, program_id, after=after, limit=asked.limit + 1)
        return asked.page([RulingView.of(each) for each in found], lambda view: [view.mentee_id, view.mentor_id])

    return await call.read(work)
