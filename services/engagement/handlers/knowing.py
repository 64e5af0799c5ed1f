"""What engagement learns from its neighbours: where people's clocks are, and who coordinates which program."""

from collections.abc import Sequence
from datetime import datetime

from chassis.db import Tx
from chassis.envelope import Heard
from contracts.event import PersonId
from contracts.matching import ProgramEvent
from contracts.profiles import ProfileUpdated
from services.engagement.domain.person import Person, person_of
from services.engagement.handlers.checking_in import plan_anew
from services.engagement.store import people, programs, relationships


async def take_up_profiles(tx: Tx, heard: Sequence[Heard[ProfileUpdated]], *, now: datetime) -> None:  # noqa: ARG001
    """Keeps the newest of each person; who moved to another clock has the next check-in moved with them."""
    newest: dict[PersonId, tuple[Person, int]] = {}
    for each in sorted(heard, key=lambda each: each.sequence):
        newest[each.event.person_id] = person_of(each.event), each.sequence
    moved = await people.take_up(tx, newest)
    if not moved:
        return
    for relationship in await relationships.lock_running_of(tx, moved):
        for person_id in set(relationship.sides).intersection(moved):
            await plan_anew(tx, relationship, newest[person_id][0])


async def take_up_program(tx: Tx, heard: Sequence[Heard[ProgramEvent]], *, now: datetime) -> None:  # noqa: ARG001
    """Keeps who coordinates a program; closing it changes nothing for its running pairs."""
    for each in heard:
        await programs.take_up_program(
            tx, each.event.program_id, coordinators=each.event.policy.coordinators, sequence=each.sequence
        )
