"""Check-ins: ask, stop asking, say that one was missed."""

from datetime import datetime

from chassis.db import Tx
from contracts.engagement import CheckinCompleted, CheckinDue, CheckinMissed
from services.notifications.domain.drafts import checkins
from services.notifications.handlers.letters import outdate_matter, write


async def ask(tx: Tx, event: CheckinDue, *, now: datetime) -> None:
    """Asks how it goes."""
    await write(tx, checkins.checkin(event), now=now)


async def stop_asking(tx: Tx, event: CheckinCompleted, *, now: datetime) -> None:
    """It is answered."""
    await outdate_matter(tx, checkins.checkin_of(event.checkin_id), now=now)


async def say_it_is_missing(tx: Tx, event: CheckinMissed, *, now: datetime) -> None:
    """Tells the person whose answer is missing."""
    await write(tx, checkins.missed_checkin(event), now=now)
