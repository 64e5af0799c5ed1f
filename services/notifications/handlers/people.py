"""Who people are and how to reach them, as the profiles service tells it; and what programs are called."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.db import Tx
from chassis.envelope import Heard
from contracts.matching import ProgramOpened, ProgramUpdated
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from services.notifications.handlers.letters import plan_open_ones_anew
from services.notifications.store import people, programs


async def take_up_contacts(tx: Tx, heard: Sequence[Heard[ContactUpdated]], *, now: datetime) -> None:
    """Keeps names and addresses; letters that waited for them can go."""
    rows = [{**each.event.model_dump(mode="json"), "sequence": each.sequence} for each in _latest(heard)]
    await plan_open_ones_anew(tx, await people.take_up_contacts(tx, rows), now=now)


async def take_up_profiles(tx: Tx, heard: Sequence[Heard[ProfileUpdated]], *, now: datetime) -> None:
    """Keeps where people's clocks are and what they read; their open letters follow the new clock."""
    kept = {"person_id", "time_zone", "languages", "working_hours", "country"}
    rows = [{**each.event.model_dump(mode="json", include=kept), "sequence": each.sequence} for each in _latest(heard)]
    await plan_open_ones_anew(tx, await people.take_up_profiles(tx, rows), now=now)


async def let_go(tx: Tx, event: PersonLeft, *, now: datetime) -> None:
    """Writes no more letters to who left."""
    sequence = tx.heard.sequence if tx.heard else 0
    if await people.let_go(tx, event.person_id, left_on=event.left_on, sequence=sequence):
        await plan_open_ones_anew(tx, [event.person_id], now=now)


async def take_up_programs(
    tx: Tx, heard: Sequence[Heard[ProgramOpened]] | Sequence[Heard[ProgramUpdated]], *, now: datetime
) -> None:
    """Keeps what programs are called."""
    del now
    await programs.take_up(
        tx,
        [
            {"program_id": each.key, "name": each.event.policy.name, "sequence": each.sequence}
            for each in _latest(heard)
        ],
    )


def _latest(heard: Sequence[Heard[Any]]) -> list[Heard[Any]]:
    """The newest of each key: one statement can change a row only once."""
    newest: dict[str, Heard[Any]] = {}
    for each in heard:
        if each.key not in newest or newest[each.key].sequence < each.sequence:
            newest[each.key] = each
    return list(newest.values())
