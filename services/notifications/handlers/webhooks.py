"""Webhooks: their owners are told when one is paused."""

from datetime import datetime

from chassis.db import Tx
from contracts.webhooks import SubscriptionPaused
from services.notifications.domain.drafts import webhooks
from services.notifications.handlers.letters import write


async def note_pause(tx: Tx, event: SubscriptionPaused, *, now: datetime) -> None:
    """Writes to the owner."""
    await write(tx, webhooks.paused_webhook(event), now=now)
