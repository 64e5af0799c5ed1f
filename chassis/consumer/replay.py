"""Parked messages come back in order, or are discarded by a named person with a reason."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from chassis.clock import Clock
from chassis.consumer import parking
from chassis.consumer.messages import Message, sort_in
from chassis.consumer.reactions import Reaction
from chassis.db import Database, Tx
from chassis.errors import Conflict, NotFound
from chassis.outbox import bucket_of

log = structlog.get_logger()

_COLUMNS = "id, consumer, topic, partition, position, key, event_id, type, headers, body, reason, parked_at, state"
_RESOLUTION = "resolved_at, resolved_by, resolution"
_LIST = f"SELECT {_COLUMNS} FROM parked WHERE state = 'parked' ORDER BY id LIMIT $1"
_FIRST = f"SELECT {_COLUMNS} FROM parked WHERE state = 'parked' AND topic = $1 AND key = $2 ORDER BY id LIMIT 1"
_RESOLVE = """
UPDATE parked SET state = $2, resolved_at = clock_timestamp(), resolved_by = $3, resolution = $4
WHERE id = $1 AND state = 'parked'
"""


@dataclass(frozen=True)
class StoredRecord:
    """A parked message in the shape in which it once came from Kafka."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


async def waiting(tx: Tx, *, limit: int = 1000) -> list[asyncpg.Record]:
    """What is parked, oldest first."""
    return await tx.fetch(_LIST, limit)


async def ever(tx: Tx, *, limit: int = 1000) -> list[asyncpg.Record]:
    """What was ever parked, newest first, with who resolved it, how and why."""
    return await tx.fetch(f"SELECT {_COLUMNS}, {_RESOLUTION} FROM parked ORDER BY id DESC LIMIT $1", limit)


async def find(tx: Tx, parked_id: int) -> asyncpg.Record:
    """One parked message, whatever became of it."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS}, {_RESOLUTION} FROM parked WHERE id = $1", parked_id)
    if row is None:
        raise NotFound(f"no parked message has the id {parked_id}")
    return row


class Replayer:
    """Brings parked stories back into the service."""

    def __init__(self, database: Database, clock: Clock, reactions: Mapping[str, Reaction]) -> None:
        self._database = database
        self._clock = clock
        self._reactions = reactions

    async def replay(self, topic: str, key: str, *, by: str, reason: str | None = None) -> int:
        """Replays the whole story of a key, in order; stops at the first message that fails again."""
        done = 0
        while await self._database.run(lambda tx: self._replay_next(tx, topic, key, by, reason)):
            done += 1
        return done

    async def _replay_next(self, tx: Tx, topic: str, key: str, by: str, reason: str | None) -> bool:
        await parking.lock_story(tx, topic, key)
        row = await tx.fetchrow(_FIRST + " FOR UPDATE", topic, key)
        if row is None:
            return False
        if row["consumer"] == "relay":
            await self._send_again(tx, row)
        else:
            await self._act(tx, row)
        await tx.execute(_RESOLVE, row["id"], "replayed", by, reason)
        log.info("event.replayed", parked_id=row["id"], topic=topic, by=by)
        return True

    async def _act(self, tx: Tx, row: asyncpg.Record) -> None:
        message = sort_in(_record(row), self._reactions)
        if not isinstance(message, Message) or message.heard is None or message.reaction is None:
            broken = message.broken if isinstance(message, Message) else f"skipped: {message}"
            raise Conflict(f"message {row['id']} cannot be read ({broken}); discard it, or mend what reads it")
        fresh = await tx.fetchval(
            "INSERT INTO inbox (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING event_id",
            row["consumer"],
            message.heard.id,
        )
        if fresh:
            await message.reaction.act(tx, [message.heard], self._clock.now())

    async def _send_again(self, tx: Tx, row: asyncpg.Record) -> None:
        await tx.execute(
            "INSERT INTO outbox (bucket, topic, key, event_id, headers, body)"
            " VALUES ($6, $1, $2, $3, $4, convert_from($5, 'UTF8'))",
            row["topic"],
            row["key"],
            row["event_id"],
            json.dumps(row["headers"]),
            row["body"],
            bucket_of(row["key"]),
        )
        tx.after_commit("relay")

    async def discard(self, parked_id: int, *, by: str, reason: str) -> None:
        """Takes one message out for good; the record of it stays."""

        async def work(tx: Tx) -> None:
            row = await find(tx, parked_id)
            await parking.lock_story(tx, row["topic"], row["key"])
            if await tx.execute(_RESOLVE, parked_id, "discarded", by, reason) == "UPDATE 0":
                raise Conflict(f"message {parked_id} is no longer parked: it was {row['state']}")
            log.warning("event.discarded", parked_id=parked_id, topic=row["topic"], by=by, reason=reason)

        await self._database.run(work)


def _record(row: Any) -> StoredRecord:
    headers = [(name, value.encode()) for name, value in row["headers"]]
    key = row["key"].encode() if row["key"] is not None else None
    return StoredRecord(row["topic"], row["partition"], row["position"], key, row["body"], headers)
