"""What another policy would change: asked and read by coordinators and administrators, before they change anything."""

from fastapi import APIRouter

from chassis.db import Tx
from chassis.http import Asked, Call, Page, problems
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.api.bodies import WhatIfBody
from services.matching.api.programs import Manager, coordinator_of
from services.matching.api.views.what_ifs import ChangeView, WhatIfView
from services.matching.domain.run import RunState
from services.matching.domain.sentences import CannotRun, NoSuchWhatIf
from services.matching.domain.what_if import WhatIf, WhatIfId
from services.matching.handlers import what_ifs as handlers
from services.matching.store import what_ifs

router = APIRouter(tags=["what-if"])


@router.post("/programs/{program_id}/what-if", status_code=202, responses=problems(404, 409, 422))
async def ask(program_id: ProgramId, body: WhatIfBody, call: Manager) -> WhatIfView:
    """Asks what this policy would change for everybody in the program as they are now. Nothing changes, nobody is told.

    With `run_id` it is about the people as that run had them, and the policy of that run is what it is compared with.
    Look at `GET /v1/what-ifs/{id}` for the answer.
    """
    by, coordinator = call.caller.subject, coordinator_of(call)

    async def work(tx: Tx) -> WhatIfView:
        asked = await handlers.ask(
            tx, program_id, body.policy(), run_id=body.run_id, by=by, coordinator=coordinator, now=call.now
        )
        return WhatIfView.of(asked)

    return await call.change(work)


@router.get("/what-ifs/{what_if_id}", responses=problems(404))
async def read_what_if(what_if_id: WhatIfId, call: Manager) -> WhatIfView:
    """How far it is; once it is computed both results beside each other: figures, groups, skills that are short."""
    return WhatIfView.of(await call.read(lambda tx: _visible(tx, what_if_id, call)))


@router.post("/what-ifs/{what_if_id}/cancel", responses=problems(404, 409))
async def cancel_what_if(what_if_id: WhatIfId, call: Manager) -> WhatIfView:
    """Ends a what-if that is not answered, and makes room for another. Cancelling twice is the same as once."""

    async def work(tx: Tx) -> WhatIfView:
        found = await _visible(tx, what_if_id, call)
        return WhatIfView.of(await handlers.cancel(tx, found, by=call.caller.subject, now=call.now))

    return await call.change(work)


@router.get("/what-ifs/{what_if_id}/changes", responses=problems(404, 409))
async def list_changes(what_if_id: WhatIfId, call: Manager, asked: Asked) -> Page[ChangeView]:
    """Mentees whose mentor would be another one, by mentee."""
    after = asked.after(PersonId)

    async def work(tx: Tx) -> Page[ChangeView]:
        found = await _visible(tx, what_if_id, call)
        if found.state is not RunState.COMPLETED:
            raise CannotRun(f"this what-if is {found.state}; its result can be read once it is completed")
        page = await what_ifs.changes_page(tx, what_if_id, after=after[0] if after else None, limit=asked.limit + 1)
        return asked.page([ChangeView.of(each) for each in page], lambda view: [view.mentee_id])

    return await call.read(work)


async def _visible(tx: Tx, what_if_id: WhatIfId, call: Call) -> WhatIf:
    found = await what_ifs.visible(tx, what_if_id, coordinator=coordinator_of(call))
    if found is None:
        raise NoSuchWhatIf(f"there is no what-if {what_if_id} of a program that you look after")
    return found
