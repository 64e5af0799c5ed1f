"""What the database says was told, what still waits, and what the relay had to set aside."""

from collections.abc import AsyncIterator, Collection
from datetime import datetime
from typing import Any, NamedTuple

PREFETCH = 2_000


class Story(NamedTuple):
    """What is known of one key. The instants are unknown in rows from before they were kept."""

    key: bytes
    told: int
    begun_at: datetime | None
    told_at: datetime | None


async def stories(connection: Any, topic: str) -> AsyncIterator[Story]:
    """Every story of this topic; read bit by bit, so a transaction must be open."""
    statement = "SELECT key, sequence, begun_at, told_at FROM streams WHERE topic = $1"
    async for row in connection.cursor(statement, topic, prefetch=PREFETCH):
        yield Story(row["key"].encode(), row["sequence"], row["begun_at"], row["told_at"])


async def waiting(connection: Any, topic: str) -> AsyncIterator[tuple[bytes, int]]:
    """Key and number of what is in the outbox: committed, and not yet on the topic."""
    statement = "SELECT key, (headers::jsonb->>'ce_sequence')::bigint AS number FROM outbox WHERE topic = $1"
    async for row in connection.cursor(statement, topic, prefetch=PREFETCH):
        yield row["key"].encode(), row["number"]


async def set_aside(connection: Any, topic: str) -> AsyncIterator[tuple[bytes, int]]:
    """Key and number of what the broker never took; one that was brought back is in the outbox, or out."""
    statement = (
        "SELECT key, (headers->>'ce_sequence')::bigint AS number FROM parked"
        " WHERE consumer = 'relay' AND topic = $1 AND state <> 'replayed'"
    )
    async for row in connection.cursor(statement, topic, prefetch=PREFETCH):
        yield row["key"].encode(), row["number"]


async def told_by_now(connection: Any, topic: str, keys: Collection[bytes]) -> dict[bytes, int]:
    """Up to which number these keys are told at this moment."""
    rows = await connection.fetch(
        "SELECT key, sequence FROM streams WHERE topic = $1 AND key = ANY($2::text[])",
        topic,
        [key.decode("utf-8", "replace").replace("\0", "") for key in keys],
    )
    return {row["key"].encode(): row["sequence"] for row in rows}
