"""What people choose."""

from datetime import datetime

from chassis.db import Tx
from contracts.event import PersonId
from services.notifications.domain.recipient import Preferences
from services.notifications.handlers.letters import plan_open_ones_anew
from services.notifications.store import people


async def choose(tx: Tx, person_id: PersonId, chosen: Preferences, *, now: datetime) -> None:
    """Keeps the choices; they hold for letters that have not gone out, too."""
    await people.save_preferences(tx, person_id, chosen, now=now)
    await plan_open_ones_anew(tx, [person_id], now=now)
