"""Opening, changing and closing programs."""

from datetime import datetime

from chassis import outbox
from chassis.db import Tx
from chassis.envelope import new_id
from contracts.event import PersonId
from contracts.matching import Policy, ProgramId
from services.matching.domain import offers
from services.matching.domain import program as domain
from services.matching.domain.program import Program
from services.matching.domain.sentences import NoSuchProgram
from services.matching.handlers import saving
from services.matching.store import matches, programs


async def open_program(tx: Tx, policy: Policy, *, by: PersonId, coordinates: bool, now: datetime) -> Program:
    """Opens a program; a coordinator who opens it looks after it."""
    policy = domain.with_coordinator(policy, by) if coordinates else policy
    program, events = domain.open_program(new_id(), policy, now=now)
    await programs.insert(tx, program)
    await programs.add_policy(tx, program, by=by)
    await outbox.tell(tx, events, now=now)
    return program


async def managed(tx: Tx, program_id: ProgramId, *, coordinator: PersonId | None) -> Program:
    """The program, locked for a change, if this coordinator looks after it (None: an administrator asks)."""
    program = await programs.lock(tx, program_id)
    if program is None or (coordinator is not None and coordinator not in program.policy.coordinators):
        raise NoSuchProgram(f"there is no program {program_id} that you look after")
    return program


async def change_program(tx: Tx, program: Program, policy: Policy, *, by: PersonId, now: datetime) -> Program:
    """Makes the next version of the policy."""
    changed, events = domain.change(program, policy)
    if events:
        await programs.add_policy(tx, changed, by=by)
        await programs.update(tx, changed)
        await outbox.tell(tx, events, now=now)
    return changed


async def close_program(tx: Tx, program: Program, *, now: datetime) -> Program:
    """Closes it: open offers are withdrawn, running pairs go on."""
    closed, events = domain.close(program, now=now)
    if not events:
        return closed
    await programs.update(tx, closed)
    await outbox.tell(tx, events, now=now)
    still_open = await matches.lock_offers_in(tx, program.program_id)
    withdrawn = [offers.withdraw(match, reason="program-closed", now=now) for match in still_open]
    await saving.save(tx, withdrawn, now=now)
    return closed
