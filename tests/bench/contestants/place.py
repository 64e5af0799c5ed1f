"""What every contestant is handed, and what it must be able to do. Everything else is its own business."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from contracts.matching import MatchDeclined, MatchEvent, MatchProposed, Reason

BATCH = 500
POOL = 10
LARGEST_REASON = 2_000
DECLINES = "/v1/declines"

TABLES = """
CREATE TABLE matches (match_id text PRIMARY KEY, version bigint NOT NULL);
CREATE TABLE effects (key text PRIMARY KEY, sequence bigint NOT NULL);
"""
"""The state that is changed where an event is told, and the effect where it is heard: the same for all."""

SAVE = """
INSERT INTO matches (match_id, version) SELECT id, 1 FROM unnest($1::text[]) AS id
ON CONFLICT (match_id) DO UPDATE SET version = matches.version + 1
RETURNING match_id, version
"""
AFFECT = """
INSERT INTO effects (key, sequence) SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (key) DO UPDATE SET sequence = excluded.sequence WHERE effects.sequence < excluded.sequence
"""

Note = Callable[[Sequence[str]], None]
"""To be called with the keys of each batch as soon as its effects are committed."""


@dataclass(frozen=True)
class Place:
    """Where one process of a contestant runs."""

    contestant: str
    role: str
    """`tell`, `relay`, `send` (both), `hear` or `web`."""
    brokers: str
    topic: str
    database: str
    instance: str
    group: str
    keys: str
    port: int
    size: int
    """Bytes that an event's body has about."""
    count: int = 0
    """How many events the bare producer sends."""

    @cached_property
    def event(self) -> MatchEvent:
        """The event that is told again and again, each time of another match."""
        declined = MatchDeclined.example()
        rest = self.size - len(declined.body()) + len(declined.reason)
        if rest <= LARGEST_REASON:
            return declined.model_copy(update={"reason": "x" * max(rest, 1)})
        proposed = MatchProposed.example()
        text = "x" * (LARGEST_REASON - 100)
        reasons = (self.size - len(proposed.body())) // LARGEST_REASON
        return proposed.model_copy(update={"reasons": (Reason(part="need", text=text),) * max(1, reasons)})


class Contestant(Protocol):
    """One way to get from a commit here to an effect there. Each process uses the parts that its role needs."""

    async def open(self) -> None:
        """Gets ready: a pool of connections, say."""
        ...

    async def tell(self, events: Sequence[MatchEvent]) -> float:
        """Saves the state of each match and tells its event, in one transaction; gives the instant of its commit."""
        ...

    async def carry(self) -> None:
        """Brings what was told to Kafka, for ever."""
        ...

    async def hear(self, note: Note) -> None:
        """Takes events from Kafka and saves their effects, for ever."""
        ...

    async def web(self) -> None:
        """Serves `POST /v1/declines` on the place's port: one transaction, one event; and carries what was told."""
        ...


now = time.monotonic
"""One clock for all processes of the machine."""
