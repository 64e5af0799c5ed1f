"""An event is heard: it is kept, and queued for whoever wants it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.db import Tx
from chassis.envelope import Heard
from contracts.event import Event
from services.webhooks.domain.keeping import KEPT
from services.webhooks.handlers.delivering import DELIVERIES
from services.webhooks.store import events

_PEOPLE = ("person_id", "mentee_id", "mentor_id")


async def keep(tx: Tx, heard: Sequence[Heard[Event]], *, now: datetime) -> None:
    """Keeps what may still be sent. What is older would be forgotten at once: somebody reads the topics anew."""
    rows = [_row(each) for each in heard if each.time > now - KEPT]
    if rows and await events.keep(tx, rows, now=now):
        tx.after_commit(DELIVERIES)


def _row(heard: Heard[Event]) -> dict[str, Any]:
    event = heard.event
    program_id = getattr(event, "program_id", None)
    people = (getattr(event, name, None) for name in _PEOPLE)
    return {
        "event_id": str(heard.id),
        "type": event.event_type(),
        "topic": heard.topic,
        "key": heard.key,
        "sequence": heard.sequence,
        "told_at": heard.time.isoformat(),
        "program_id": str(program_id) if program_id else None,
        "person_ids": sorted({person for person in people if person}),
        "data": event.body(),
    }
