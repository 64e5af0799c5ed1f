"""What follows when people, or how to reach them, become known or change: their open letters are planned anew."""

from collections.abc import Sequence
from datetime import datetime

from chassis.db import Tx
from chassis.envelope import Heard
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from services.notifications.handlers import keeping
from services.notifications.handlers.letters import plan_open_ones_anew


async def take_up_contacts(tx: Tx, heard: Sequence[Heard[ContactUpdated]], *, now: datetime) -> None:
    """Keeps names and addresses; letters that waited for them can go."""
    await plan_open_ones_anew(tx, await keeping.keep_contacts(tx, heard, now=now), now=now)


async def take_up_profiles(tx: Tx, heard: Sequence[Heard[ProfileUpdated]], *, now: datetime) -> None:
    """Keeps where people's clocks are and what they read; their open letters follow the new clock."""
    await plan_open_ones_anew(tx, await keeping.keep_profiles(tx, heard, now=now), now=now)


async def let_go(tx: Tx, event: PersonLeft, *, now: datetime) -> None:
    """Writes no more letters to who left."""
    if await keeping.keep_departure(tx, event, now=now):
        await plan_open_ones_anew(tx, [event.person_id], now=now)
