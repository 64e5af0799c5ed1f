"""Offers: ask, remind, and stop asking."""

from datetime import datetime

from chassis.db import Tx
from contracts.matching import (
    MatchAccepted,
    MatchDeclined,
    MatchLapsed,
    MatchProposed,
    MatchReminderDue,
    MatchWithdrawn,
)
from services.notifications.domain.drafts import offers
from services.notifications.handlers.letters import outdate_matter, write


async def ask(tx: Tx, event: MatchProposed, *, now: datetime) -> None:
    """Asks everybody who has not decided."""
    await write(tx, offers.offers(event), now=now)


async def remind(tx: Tx, event: MatchReminderDue, *, now: datetime) -> None:
    """Reminds who is silent."""
    await write(tx, offers.reminder(event), now=now)


async def stop_asking(
    tx: Tx, event: MatchAccepted | MatchDeclined | MatchLapsed | MatchWithdrawn, *, now: datetime
) -> None:
    """There is nothing left to decide."""
    await outdate_matter(tx, offers.matter_of(event.match_id), now=now)
