"""A coordinator decides about two people: pinned, forbidden, or left to the next run again."""

import structlog

from chassis.db import Tx
from chassis.errors import Invalid
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.domain.choice import chosen
from services.matching.domain.program import Program
from services.matching.domain.ruling import Ruling, Verdict
from services.matching.domain.sentences import CannotRule, CannotRun, NoSuchPerson
from services.matching.engine.pins import collisions
from services.matching.handlers import fitting
from services.matching.handlers.programs import managed
from services.matching.store import choices, people, rulings, seats, standing

log = structlog.get_logger()


async def rule(tx: Tx, program_id: ProgramId, ruling: Ruling, *, coordinator: PersonId | None) -> Ruling:
    """Saves the decision. It holds for runs, shortlists and offers from now on; open offers stay as they are."""
    program = await managed(tx, program_id, coordinator=coordinator)
    program.must_be_open()
    both = [ruling.mentee_id, ruling.mentor_id]
    known = await people.known(tx, both)
    for person in both:
        if person not in known:
            raise NoSuchPerson(f"nobody here has the id {person}")
    if ruling.mentee_id == ruling.mentor_id:
        raise Invalid("mentee and mentor are one person; name two", field="mentor_id")
    if ruling.verdict is Verdict.PINNED:
        await _one_pin(tx, program_id, ruling)
    await rulings.put(tx, program_id, ruling)
    log.info("pair.ruled", program_id=str(program_id), verdict=ruling.verdict, mentee_id=both[0], mentor_id=both[1])
    return ruling


async def _one_pin(tx: Tx, program_id: ProgramId, ruling: Ruling) -> None:
    pinned = await rulings.pairs(tx, program_id, Verdict.PINNED, mentees=[ruling.mentee_id])
    for _, mentor in pinned - {(ruling.mentee_id, ruling.mentor_id)}:
        raise CannotRule(f"{ruling.mentee_id} is pinned to {mentor} already; take that back first")


async def take_back(
    tx: Tx, program_id: ProgramId, mentee_id: PersonId, mentor_id: PersonId, *, coordinator: PersonId | None
) -> None:
    """Leaves the pair to the next run again. Taking back what was never decided changes nothing."""
    await managed(tx, program_id, coordinator=coordinator)
    await rulings.remove(tx, program_id, mentee_id, mentor_id)
    log.info("pair.ruling_taken_back", program_id=str(program_id), mentee_id=mentee_id, mentor_id=mentor_id)


async def pins_must_hold(tx: Tx, program: Program) -> None:
    """Refuses if a pinned pair cannot be kept, and names each with the reason. Who has a mentor is left alone."""
    pinned = await rulings.pairs(tx, program.program_id, Verdict.PINNED)
    engaged = await standing.engaged(tx, program.program_id)
    pinned = {pair for pair in pinned if pair[0] not in engaged}
    if not pinned:
        return
    ids = {person for pair in pinned for person in pair}
    known = {person_id: known.person for person_id, known in (await people.known(tx, ids)).items()}
    free = {mentor: of.free for mentor, of in (await seats.of(tx, ids)).items()}
    frame = await fitting.frame_for(
        tx,
        program.policy,
        ids,
        tried=await standing.tried(tx, program.program_id),
        forbidden=await rulings.pairs(tx, program.program_id, Verdict.FORBIDDEN),
        chosen=chosen(await choices.of(tx, program.program_id, mentees=[mentee for mentee, _ in pinned])),
    )
    if found := collisions(pinned, known, free, frame):
        told = "; ".join(f"{mentee} with {mentor}: {why}" for (mentee, mentor), why in found.items())
        raise CannotRun(f"these pinned pairs cannot be kept, take them back or mend what they collide with: {told}")
