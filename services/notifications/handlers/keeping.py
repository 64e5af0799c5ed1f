"""Who people are and how to reach them, as the profiles service tells it; and what programs are called.

These functions write the two read models and nothing else, so that they can also be filled again from the topics.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.db import Tx
from chassis.envelope import Heard
from contracts.event import PersonId
from contracts.matching import ProgramOpened, ProgramUpdated
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from services.notifications.store import people, programs

KEPT_OF_PROFILES = {"person_id", "time_zone", "languages", "working_hours", "country"}


async def keep_contacts(tx: Tx, heard: Sequence[Heard[ContactUpdated]], *, now: datetime) -> list[PersonId]:
    """Keeps names and addresses; gives whose were news."""
    del now
    rows = [{**each.event.model_dump(mode="json"), "sequence": each.sequence} for each in _latest(heard)]
    return await people.take_up_contacts(tx, rows)


async def keep_profiles(tx: Tx, heard: Sequence[Heard[ProfileUpdated]], *, now: datetime) -> list[PersonId]:
    """Keeps where people's clocks are and what they read; gives whose were news."""
    del now
    rows = [
        {**each.event.model_dump(mode="json", include=KEPT_OF_PROFILES), "sequence": each.sequence}
        for each in _latest(heard)
    ]
    return await people.take_up_profiles(tx, rows)


async def keep_departure(tx: Tx, event: PersonLeft, *, now: datetime) -> bool:
    """Keeps that somebody left; False if something newer is known of them."""
    del now
    sequence = tx.heard.sequence if tx.heard else 0
    return await people.let_go(tx, event.person_id, left_on=event.left_on, sequence=sequence)


async def keep_programs(
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
