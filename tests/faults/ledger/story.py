"""What the ledger's two services tell each other: test-only events on topics of their own, one pair per rig.

The environment variable LEDGER names the rig, so that no row sees what another one left behind.
"""

import os
from typing import ClassVar
from uuid import UUID

from contracts.event import Event
from contracts.topics import DataClass, Topic

NAME = os.environ.get("LEDGER", "example")
PARTITIONS = 4


def books(name: str) -> Topic:
    """The topic of the teller: what was booked."""
    return _topic(f"books.{name}.v1", f"teller_{name}", "What was booked on each account.")


def notes(name: str) -> Topic:
    """The topic of the hearer: what it has noted."""
    return _topic(f"notes.{name}.v1", f"hearer_{name}", "Which bookings were noted.")


def _topic(name: str, owner: str, about: str) -> Topic:
    return Topic(
        name,
        owner,
        "account_id",
        PARTITIONS,
        retention_days=1,
        compacted=False,
        data_class=DataClass.INTERNAL,
        about=about,
    )


class AmountBooked(Event):
    """An account has a new balance; `number` is the account's own count of its changes."""

    topic: ClassVar[Topic] = books(NAME)
    account_id: str
    number: int
    balance: int
    request: str
    memo: str = ""


class AmountNoted(Event):
    """The hearer has taken up one booking."""

    topic: ClassVar[Topic] = notes(NAME)
    account_id: str
    booking: UUID
