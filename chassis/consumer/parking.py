"""Messages set aside: one that cannot be handled, and those of the same key that come after it.

Nothing leaves silently: a parked message is replayed, or discarded by a named person with a reason.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from chassis.consumer.messages import Message
from chassis.db import Tx

log = structlog.get_logger()

ANY = "SELECT EXISTS (SELECT FROM parked WHERE state = 'parked')"
"""Whether anything is parked at all."""
_STORIES = """
SELECT DISTINCT topic, key FROM parked
WHERE state = 'parked' AND (topic, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""
_PARK = """
INSERT INTO parked (consumer, topic, partition, position, key, event_id, type, headers, body, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (consumer, topic, partition, position) DO NOTHING
"""
# A replay holds this lock while it looks for the last parked message of a story, so that nothing is put
# behind a message that is just leaving.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


async def lock_story(tx: Tx, topic: str, key: str | None) -> None:
    """Waits until nobody else parks or replays this story."""
    await tx.execute(_LOCK, f"parked:{topic}:{key}")


async def stories(tx: Tx, among: set[tuple[str, str | None]]) -> set[tuple[str, str | None]]:
    """Which of these stories are blocked by a parked message."""
    if not await tx.fetchval(ANY):
        return set()
    keyed = sorted((topic, key) for topic, key in among if key is not None)
    found = await _blocked(tx, keyed)
    if not found:
        return set()
    for topic, key in sorted(found):
        await lock_story(tx, topic, key)
    return set(await _blocked(tx, sorted(found)))


async def _blocked(tx: Tx, keyed: list[tuple[str, str]]) -> set[tuple[str, str]]:
    rows = await tx.fetch(_STORIES, [topic for topic, _ in keyed], [key for _, key in keyed])
    return {(row["topic"], row["key"]) for row in rows}


async def park(tx: Tx, messages: Sequence[Message], *, consumer: str, reason: str) -> None:
    """Sets messages aside, in their order, with the reason."""
    await tx.executemany(_PARK, [_row(message, consumer, reason) for message in messages])
    for message in messages:
        log.error("event.parked", **where(message), reason=reason)


def where(message: Message) -> dict[str, Any]:
    """What a log line says about a message: ids and places, never its body."""
    return {
        "topic": message.record.topic,
        "partition": message.record.partition,
        "offset": message.record.offset,
        "event_type": message.type,
        "event_id": str(message.event_id) if message.event_id else None,
    }


def _row(message: Message, consumer: str, reason: str) -> tuple[Any, ...]:
    record = message.record
    headers = [[name, (value or b"").decode("utf-8", "backslashreplace")] for name, value in record.headers]
    return (
        consumer,
        record.topic,
        record.partition,
        record.offset,
        _storable(message.key),
        message.event_id,
        _storable(message.type),
        [[_storable(name), _storable(value)] for name, value in headers],
        record.value,
        _storable(reason[:1000]),
    )


def _storable(text: str | None) -> str | None:
    """PostgreSQL stores no NUL characters."""
    return text.replace("\x00", "\\0") if text else text
