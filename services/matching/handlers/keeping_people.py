"""Everybody this service has heard of, as the profiles service tells it.

These functions write the read model `people` and nothing else, so that it can also be filled again from the topic.
"""

from collections.abc import Sequence
from datetime import datetime

from chassis.db import Tx
from chassis.envelope import Heard
from contracts.event import PersonId
from contracts.profiles import PersonLeft, ProfileUpdated
from services.matching.store import people


async def keep_profiles(tx: Tx, heard: Sequence[Heard[ProfileUpdated]], *, now: datetime) -> set[PersonId]:
    """Keeps the newest profile of each person; gives whose was news."""
    del now
    newest: dict[PersonId, Heard[ProfileUpdated]] = {}
    for each in sorted(heard, key=lambda each: each.sequence):
        newest[each.event.person_id] = each
    return await people.take_up(tx, list(newest.values()))


async def keep_departure(tx: Tx, event: PersonLeft, *, now: datetime) -> bool:
    """Keeps that somebody left; False if something newer is known of them."""
    del now
    return tx.heard is not None and await people.let_go(tx, event, sequence=tx.heard.sequence)
