"""Telling an event: it is written in the same transaction as the state it speaks of.

`tell` only collects. At the end of the transaction `flush` numbers each aggregate's story and writes all rows
in one statement. The row in `streams` stays locked until the commit, so two transactions that tell about the
same aggregate get their numbers, their outbox ids and their commits in the same order.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from zlib import crc32

from pydantic_core import to_json

from chassis import spans, tracing
from chassis.db import Tx
from chassis.envelope import MAX_BODY, Sealed, seal
from chassis.errors import Invalid
from contracts.event import Event

BUCKETS = 32

_WRITE = """
WITH numbered AS (
    INSERT INTO streams (topic, key, sequence)
    SELECT topic, key, told FROM unnest($1::text[], $2::text[], $3::bigint[]) AS t (topic, key, told)
    ORDER BY topic, key
    ON CONFLICT (topic, key) DO UPDATE SET sequence = streams.sequence + excluded.sequence, told_at = excluded.told_at
    RETURNING topic, key, sequence
)
INSERT INTO outbox (bucket, topic, key, event_id, headers, body)
SELECT bucket, topic, key, event_id, left(headers, -1) || ',"ce_sequence":"' || sequence - after || '"}', body
FROM unnest($4::smallint[], $5::text[], $6::text[], $7::bigint[], $8::uuid[], $9::text[], $10::text[])
     WITH ORDINALITY AS t (bucket, topic, key, after, event_id, headers, body, place)
JOIN numbered USING (topic, key)
ORDER BY place
"""
"""Numbers each story and writes the rows at once; only this statement knows the numbers, so it adds the header."""


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
    sealed = [seal(event, source=source, now=now, context=context) for event, now, context in tx.told]
    if tracing.is_on():
        for each in sealed:
            spans.create(each)
    for each in sealed:
        if len(each.body.encode()) > MAX_BODY:
            raise Invalid(f"{each.headers['ce_type']} of {each.key} is larger than {MAX_BODY} bytes")
    told = Counter(each.story for each in sealed)
    await tx.execute(
        _WRITE,
        [topic for topic, _ in told],
        [key for _, key in told],
        list(told.values()),
        [bucket_of(each.key) for each in sealed],
        [each.topic for each in sealed],
        [each.key for each in sealed],
        _told_after(sealed),
        [each.event_id for each in sealed],
        [to_json(each.headers).decode() for each in sealed],
        [each.body for each in sealed],
    )


def _told_after(sealed: Sequence[Sealed]) -> list[int]:
    """For each event, how many of its own story this transaction tells after it."""
    after: Counter[tuple[str, str]] = Counter()
    counted = []
    for each in reversed(sealed):
        counted.append(after[each.story])
        after[each.story] += 1
    return counted[::-1]
