"""Telling an event: it is written in the same transaction as the state it speaks of.

`tell` only collects. At the end of the transaction `flush` numbers each aggregate's story and writes all rows
in one statement. The row in `streams` stays locked until the commit, so two transactions that tell about the
same aggregate get their numbers, their outbox ids and their commits in the same order.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from zlib import crc32

from chassis.db import Tx
from chassis.envelope import MAX_BODY, Sealed, seal
from chassis.errors import Invalid
from contracts.event import Event

BUCKETS = 32

_NEXT = """
INSERT INTO streams (topic, key, sequence)
SELECT topic, key, n FROM unnest($1::text[], $2::text[], $3::bigint[]) AS t (topic, key, n) ORDER BY topic, key
ON CONFLICT (topic, key) DO UPDATE SET sequence = streams.sequence + excluded.sequence
RETURNING topic, key, sequence
"""
_WRITE = """
INSERT INTO outbox (bucket, topic, key, event_id, headers, body)
SELECT bucket, topic, key, event_id, headers, body
FROM unnest($1::smallint[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[])
     WITH ORDINALITY AS t (bucket, topic, key, event_id, headers, body, place)
ORDER BY place
"""


async def tell(tx: Tx, events: Iterable[Event], *, now: datetime) -> None:
    """Tells these events, in this order, if and when the transaction commits."""
    tx.told.extend((event, now, tx.context) for event in events)


def bucket_of(key: str) -> int:
    """Which of the relay's buckets carries the story of this key."""
    return crc32(key.encode()) % BUCKETS


async def flush(tx: Tx, *, source: str) -> None:
    """Writes what was told; called by the chassis just before the commit."""
    if not tx.told:
        return
    next_numbers = await _reserve(tx)
    sealed = []
    for event, now, context in tx.told:
        story = (event.topic.name, event.key)
        sealed.append(seal(event, source=source, sequence=next_numbers[story], now=now, context=context))
        next_numbers[story] += 1
    await _write(tx, sealed)


async def _reserve(tx: Tx) -> dict[tuple[str, str], int]:
    """Takes the next numbers of each story; gives the first of each."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for event, _, _ in tx.told:
        counts[event.topic.name, event.key] += 1
    rows = await tx.fetch(_NEXT, [topic for topic, _ in counts], [key for _, key in counts], list(counts.values()))
    return {(row["topic"], row["key"]): row["sequence"] - counts[row["topic"], row["key"]] + 1 for row in rows}


async def _write(tx: Tx, sealed: list[Sealed]) -> None:
    for each in sealed:
        if len(each.body.encode()) > MAX_BODY:
            raise Invalid(f"{each.headers['ce_type']} of {each.key} is larger than {MAX_BODY} bytes")
    await tx.execute(
        _WRITE,
        [bucket_of(each.key) for each in sealed],
        [each.topic for each in sealed],
        [each.key for each in sealed],
        [each.event_id for each in sealed],
        [json.dumps(each.headers) for each in sealed],
        [each.body for each in sealed],
    )
