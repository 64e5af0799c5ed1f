"""Keeps the shortlists of continuous programs: one process does, from an index that it has in memory.

What changed is taken up person by person. Whoever changed has a new list at
once, and so has each mentee on whose list they stood. Everybody else's is found again when the prices are.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from chassis.db import Tx
from chassis.envelope import new_id
from chassis.running import Running
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.domain.person import Known, known_from
from services.matching.domain.program import Program
from services.matching.handlers.listing import find_lists
from services.matching.live_program import LiveProgram
from services.matching.store import keeper, people, programs, seat_prices, seats, shortlists

log = structlog.get_logger()
SHORTLISTS = "shortlists"
CHANGES_AT_ONCE, LISTS_AT_ONCE = 200, 50
"""Whoever changed waits for the lists of others that are being found, so these are few."""
BREATH = 50
"""People read at a time between two looks at whatever else this process has to do."""

Found = dict[ProgramId, list[PersonId]]
"""Whose lists were found, by program."""


@dataclass
class Keeper:
    """What the keeping process has in memory. It is worth something only while the lease was never lost."""

    owner: UUID = field(default_factory=new_id)
    indexes: dict[ProgramId, LiveProgram] = field(default_factory=dict)


async def keep(running: Running) -> bool:
    """A job: takes up changes and finds some lists; False if nothing is to do, or another process does it."""
    kept: Keeper = running.resources.setdefault(SHORTLISTS, Keeper())
    now = running.clock.now()
    found = await running.database.run(lambda tx: _step(tx, kept, now=now), repeatable=True)
    # Only now are they saved: a transaction that failed leaves them to be found again.
    for program_id, mentees in found.items():
        kept.indexes[program_id].done(mentees)
    return any(found.values())


async def _step(tx: Tx, kept: Keeper, *, now: datetime) -> Found:
    wanted = {program.program_id: program for program in await programs.continuous(tx)}
    if not wanted and not kept.indexes:
        await keeper.forget_changes(tx)
        return {}
    before = await keeper.hold(tx, kept.owner)
    if before != kept.owner:
        kept.indexes.clear()  # whoever kept the lists meanwhile took up changes that are not in here
    if before is None:
        return {}
    await _have(tx, kept, wanted)
    await _take_up(tx, kept)
    return {program_id: await _find(tx, index, now=now) for program_id, index in kept.indexes.items()}


async def _have(tx: Tx, kept: Keeper, wanted: Mapping[ProgramId, Program]) -> None:
    """Has an index of each of these programs by its present policy, and of no other."""
    if not kept.indexes or kept.indexes.keys() - wanted.keys():
        await shortlists.forget_all_but(tx, wanted)
    standing = {id_: index for id_, index in kept.indexes.items() if index.program == wanted.get(id_)}
    for program_id in wanted.keys() - standing.keys():
        standing[program_id] = await _index(tx, wanted[program_id])
    kept.indexes = standing


async def _index(tx: Tx, program: Program) -> LiveProgram:
    """Reads everybody once. What changes meanwhile is among the changes that are taken up after it."""
    from services.matching.engine.live import Live  # noqa: PLC0415 - numbers are for those who keep lists

    await seat_prices.begin(tx, program.program_id)
    index = LiveProgram(program, Live(program.policy, managers=await people.managers(tx)))
    mentors = []
    for place, (profile, free) in enumerate(await people.taking_part(tx)):
        known = known_from(profile)
        if index.offers(known, free):
            mentors.append(known.person)
        if place % BREATH == 0:
            await asyncio.sleep(0)
    await asyncio.to_thread(index.live.put_all, mentors)  # beside the requests: with many it takes seconds
    index.stale = dict.fromkeys(await shortlists.concerned(tx, program.program_id))
    log.info("shortlists.indexed", program_id=str(program.program_id), mentors=len(index.live))
    return index


async def _take_up(tx: Tx, kept: Keeper) -> None:
    """Takes what changed into each index: whose lists it concerns is found next."""
    changed = await keeper.take_changes(tx, limit=CHANGES_AT_ONCE)
    if not changed:
        return
    known, taken = await people.known(tx, changed), await seats.of(tx, changed)
    for index in kept.indexes.values():
        for person_id in changed:
            free = taken[person_id].free if person_id in taken else 0
            index.take_up(person_id, known.get(person_id), free)
        index.hurry(changed)
        index.hurry(await _below_new_managers(tx, index, known))
        index.hurry(await shortlists.listing(tx, index.program.program_id, changed))
        await seat_prices.noticed(tx, index.program.program_id)


async def _below_new_managers(tx: Tx, index: LiveProgram, known: Mapping[PersonId, Known]) -> set[PersonId]:
    """Those whose reporting line is another one now: all below somebody whose manager changed."""
    moved = [id_ for id_, each in known.items() if index.live.reports_to(id_, each.profile.manager_id)]
    return await people.with_all_below(tx, moved) if moved else set()


async def _find(tx: Tx, index: LiveProgram, *, now: datetime) -> list[PersonId]:
    """Finds some of the lists that are to be found; with new prices, that is everybody's."""
    program_id = index.program.program_id
    if solved := await seat_prices.newer(tx, program_id, than=index.solution):
        index.live.prices(solved.prices)
        index.solution = solved.number
        index.stale = dict.fromkeys(await shortlists.concerned(tx, program_id))
    mentees = index.next(LISTS_AT_ONCE)
    if mentees:
        await find_lists(tx, index, mentees, now=now)
    return mentees
