"""What happens when nobody answers."""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from services.matching.domain import offers
from services.matching.handlers import saving
from services.matching.store import matches


async def lapse_offer(tx: Tx, key: str, *, now: datetime) -> None:
    """Lets an offer run out."""
    match = await matches.lock(tx, UUID(key))
    if match is not None:
        await saving.save_change(tx, match, offers.lapse(match, now=now), now=now)


async def remind(tx: Tx, key: str, *, now: datetime) -> None:
    """Asks those again who have not answered, and sets the next reminder."""
    match = await matches.lock(tx, UUID(key))
    if match is not None:
        await saving.save_change(tx, match, offers.remind(match, now=now), now=now)
