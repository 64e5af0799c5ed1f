"""Programs: opened, changed and closed by coordinators and administrators; open ones are seen by everybody."""

from typing import Annotated, TypedDict

from fastapi import APIRouter, Response

from chassis.db import Tx
from chassis.http import Asked, Call, Page, allow, etag, problems
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.api.bodies import ProgramBody
from services.matching.api.views.programs import LookingView, ProgramView
from services.matching.domain.program import Program
from services.matching.domain.sentences import NoSuchProgram, WrongPolicy
from services.matching.handlers import programs as handlers
from services.matching.store import people
from services.matching.store import programs as store

router = APIRouter(tags=["programs"])
Manager = Annotated[Call, allow("coordinator", "administrator")]
Anybody = Annotated[Call, allow("participant", "coordinator", "administrator")]


def coordinator_of(call: Call) -> PersonId | None:
    """Whose programs a manager may touch; None: an administrator, all of them."""
    return None if call.caller.has("administrator") else call.caller.subject


@router.post("/programs", status_code=201, responses=problems(422))
async def open_program(body: ProgramBody, call: Manager) -> ProgramView:
    """Opens a program. A coordinator who opens it looks after it."""
    by, coordinates = call.caller.subject, call.caller.has("coordinator")

    async def work(tx: Tx) -> ProgramView:
        program = await handlers.open_program(tx, body.policy(), by=by, coordinates=coordinates, now=call.now)
        return ProgramView.of(program)

    return await call.change(work)


@router.get("/programs")
async def list_programs(call: Anybody, asked: Asked) -> Page[ProgramView]:
    """Programs: the open ones for participants, their own for coordinators, all for administrators."""
    after = asked.after(ProgramId)

    async def work(tx: Tx) -> Page[ProgramView]:
        found = await store.page(tx, **_sight(call), after=after[0] if after else None, limit=asked.limit + 1)
        return asked.page([ProgramView.of(each) for each in found], lambda view: [view.program_id])

    return await call.read(work)


@router.get("/programs/{program_id}", responses=problems(404))
async def read_program(program_id: ProgramId, call: Anybody, response: Response) -> ProgramView:
    """One program, with its policy as it stands."""
    program = await call.read(lambda tx: store.visible(tx, program_id, **_sight(call)))
    if program is None:
        raise NoSuchProgram(f"there is no program {program_id} that you can see; look at GET /v1/programs")
    response.headers["ETag"] = etag(program.policy_version)
    return ProgramView.of(program)


@router.put("/programs/{program_id}", responses=problems(404, 409, 412, 422))
async def change_program(program_id: ProgramId, body: ProgramBody, call: Manager) -> ProgramView:
    """Makes the next version of the policy. Matches made before keep theirs.

    With `If-Match` (the `ETag` of the version you read) a change that somebody made meanwhile is not lost.
    """

    async def work(tx: Tx) -> ProgramView:
        program = await handlers.managed(tx, program_id, coordinator=coordinator_of(call))
        if call.if_match is not None:
            call.check_match(program.policy_version)
        policy = body.policy(coordinators=program.policy.coordinators)
        if not policy.coordinators and coordinator_of(call):
            raise WrongPolicy("a program needs somebody who looks after it", field="coordinators")
        changed = await handlers.change_program(tx, program, policy, by=call.caller.subject, now=call.now)
        return ProgramView.of(changed)

    return await call.change(work)


@router.post("/programs/{program_id}/close", responses=problems(404))
async def close_program(program_id: ProgramId, call: Manager) -> ProgramView:
    """Closes a program: open offers are withdrawn, running pairs go on. Closing twice is the same as once."""

    async def work(tx: Tx) -> ProgramView:
        program = await handlers.managed(tx, program_id, coordinator=coordinator_of(call))
        return ProgramView.of(await handlers.close_program(tx, program, now=call.now))

    return await call.change(work)


@router.get("/programs/{program_id}/unmatched", responses=problems(404))
async def list_unmatched(program_id: ProgramId, call: Manager, asked: Asked) -> Page[LookingView]:
    """Mentees with neither a mentor nor an open offer: nobody was found, or offers came to nothing."""
    after = asked.after(PersonId)

    async def work(tx: Tx) -> Page[LookingView]:
        program = await looked_after(tx, program_id, call)
        found = await people.looking_in(
            tx,
            program_id,
            program.policy.functions,
            after=after[0] if after else None,
            limit=asked.limit + 1,
        )
        return asked.page([LookingView(mentee_id=each) for each in found], lambda view: [view.mentee_id])

    return await call.read(work)


async def looked_after(tx: Tx, program_id: ProgramId, call: Call) -> Program:
    """The program, if the caller looks after it or after all of them."""
    program = await store.visible(tx, program_id, **_sight(call) | {"open_ones": False})
    if program is None:
        raise NoSuchProgram(f"there is no program {program_id} that you look after")
    return program


class Sight(TypedDict):
    """Which programs a caller sees."""

    everything: bool
    coordinator: PersonId | None
    open_ones: bool


def _sight(call: Call) -> Sight:
    caller = call.caller
    return Sight(
        everything=caller.has("administrator"),
        coordinator=caller.subject if caller.has("coordinator") else None,
        open_ones=caller.has("participant"),
    )
