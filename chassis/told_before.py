"""Events on our topics that this database does not know, because it is older than they are.

They were told, so they stay. `take_in` writes them down and lets the numbers of their stories go on behind them;
`recognise` sees when the state comes to say the same again, which then is not told a second time. What stays open
is what was lost.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg

from chassis.db import Tx
from contracts.event import Event


@dataclass
class Memory:
    """Whether anything is open, as far as this process knows: mostly nothing is, and nobody need ask."""

    open: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it lies on a topic of ours."""

    event_id: UUID
    topic: str
    key: str
    sequence: int
    type: str
    told_at: datetime
    body: bytes
    record: Any
    """As Kafka gave it."""


_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('told before in ' || current_schema(), 0))"
"""Every process looks for itself; what one has taken in, the next one knows."""
_ACKNOWLEDGED = "DELETE FROM outbox WHERE event_id = ANY($1::uuid[]) RETURNING event_id"
_UNKNOWN = """
SELECT t.event_id
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[]) AS t (event_id, topic, key, sequence)
LEFT JOIN streams AS s USING (topic, key)
LEFT JOIN outbox AS o ON o.topic = t.topic AND o.key = t.key
    AND (o.headers::jsonb ->> 'ce_sequence')::bigint = t.sequence
WHERE t.sequence > coalesce(s.sequence, 0) OR o.id IS NOT NULL
"""
"""Numbered beyond what we have told; or with a number that we have given to another event, not sent yet."""
_WRITE_DOWN = """
INSERT INTO told_before (event_id, topic, key, sequence, type, body_sha256, told_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bytea[], $7::timestamptz[])
ON CONFLICT DO NOTHING
"""
_NUMBER_ON = """
INSERT INTO streams (topic, key, sequence)
SELECT topic, key, max(sequence) FROM unnest($1::text[], $2::text[], $3::bigint[]) AS t (topic, key, sequence)
GROUP BY topic, key ORDER BY topic, key
ON CONFLICT (topic, key) DO UPDATE SET sequence = greatest(streams.sequence, excluded.sequence)
"""
_NUMBER_WAITING = """
WITH behind AS (
    SELECT topic, key, max(sequence) AS last
    FROM unnest($1::text[], $2::text[], $3::bigint[]) AS t (topic, key, sequence) GROUP BY topic, key
), numbered AS (
    SELECT id, topic, key, last + row_number() OVER (PARTITION BY topic, key ORDER BY id) AS sequence
    FROM outbox JOIN behind USING (topic, key)
), renumbered AS (
    UPDATE outbox SET headers = jsonb_set(headers::jsonb, '{ce_sequence}', to_jsonb(numbered.sequence::text))::text
    FROM numbered WHERE outbox.id = numbered.id
)
UPDATE streams SET sequence = last.sequence
FROM (SELECT topic, key, max(sequence) AS sequence FROM numbered GROUP BY topic, key) AS last
WHERE streams.topic = last.topic AND streams.key = last.key
"""
"""What was told since and waits still: nothing of it has been sent, so it gets the numbers behind."""
_OPEN = """
SELECT t.event_id, t.topic, t.key, t.type, t.body_sha256,
    s.sequence = (SELECT max(sequence) FROM told_before AS l WHERE l.topic = t.topic AND l.key = t.key) AS still_last,
    t.sequence > coalesce((SELECT max(sequence) FROM told_before AS k WHERE k.topic = t.topic AND k.key = t.key
                           AND k.known_at IS NOT NULL), 0) AS still_to_come
FROM told_before AS t JOIN streams AS s USING (topic, key)
WHERE t.known_at IS NULL AND (topic, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
ORDER BY t.topic, t.key, t.sequence FOR UPDATE OF t
"""
"""`still_last`: the story has not gone on behind them."""
_KNOWN = "UPDATE told_before SET known_at = clock_timestamp() WHERE event_id = ANY($1::uuid[]) AND known_at IS NULL"
_CLAIM = """
UPDATE told_before SET known_at = clock_timestamp()
WHERE topic = $1 AND type = $2 AND key = ANY($3::text[]) AND known_at IS NULL RETURNING key
"""
_LIST = """
SELECT event_id, topic, key, sequence, type, told_at, found_at FROM told_before
WHERE known_at IS NULL ORDER BY told_at, event_id LIMIT $1
"""
_COUNT = """
SELECT count(*) AS found, count(*) FILTER (WHERE known_at IS NULL) AS open,
       min(told_at) AS first, max(told_at) AS last FROM told_before
"""


async def take_in(tx: Tx, told: Sequence[Told]) -> list[Told]:
    """Gives those that this database does not know, written down and with their numbers kept free for them."""
    await tx.execute(_ALONE)
    rows = await tx.fetch(_ACKNOWLEDGED, [each.event_id for each in told])
    ours = {row["event_id"] for row in rows}
    others = [each for each in told if each.event_id not in ours]
    columns = [[getattr(each, name) for each in others] for name in ("event_id", "topic", "key", "sequence")]
    new = {row["event_id"] for row in await tx.fetch(_UNKNOWN, *columns)}
    unknown = [each for each in others if each.event_id in new]
    if unknown:
        await _keep(tx, unknown)
    return unknown


async def _keep(tx: Tx, unknown: Sequence[Told]) -> None:
    stories = [[getattr(each, name) for each in unknown] for name in ("topic", "key", "sequence")]
    # First, as it waits for whoever is just telling of the same.
    await tx.execute(_NUMBER_ON, *stories)
    await tx.execute(_NUMBER_WAITING, *stories)
    digests = [sha256(each.body).digest() for each in unknown]
    ids, types, instants = ([getattr(each, name) for each in unknown] for name in ("event_id", "type", "told_at"))
    await tx.execute(_WRITE_DOWN, ids, *stories, types, digests, instants)


@dataclass
class _Story:
    """What of one aggregate was told before and is open."""

    rows: list[asyncpg.Record]
    last: bool
    """Nothing else was told behind it yet."""


async def recognise(tx: Tx) -> None:
    """Takes out of what is being told what lies on the topic already, word for word, as the next of its story.

    Where the story has gone on differently meanwhile it is told again, and what was told before counts as known.
    """
    keys = {(event.topic.name, event.key) for event, _, _ in tx.told}
    stories = await _open(tx, keys) if keys else {}
    if not stories:
        return
    known: list[UUID] = []
    tx.told[:] = [each for each in tx.told if not _lies_there(each[0], stories, known)]
    await tx.execute(_KNOWN, known)


async def _open(tx: Tx, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], _Story]:
    rows = await tx.fetch(_OPEN, *(list(column) for column in zip(*keys, strict=True)))
    stories: dict[tuple[str, str], _Story] = {}
    for row in rows:
        story = stories.setdefault((row["topic"], row["key"]), _Story([], last=row["still_last"]))
        story.rows.append(row)
    return stories


def _lies_there(event: Event, stories: dict[tuple[str, str], _Story], known: list[UUID]) -> bool:
    """Whether it need not be told again; notes which are known now."""
    story = stories.get((event.topic.name, event.key))
    if story is None:
        return False
    words = event.event_type(), sha256(event.body().encode()).digest()
    places = [place for place, row in enumerate(story.rows) if (row["type"], row["body_sha256"]) == words]
    if not places:
        story.last = False
        return False
    # A compacted topic holds the last fact of each key: those before are no longer true for anybody.
    place = places[-1] if event.topic.compacted else places[0]
    to_come = story.rows[place]["still_to_come"] and (not event.topic.compacted or place == len(story.rows) - 1)
    known += [row["event_id"] for row in (story.rows[: place + 1] if event.topic.compacted else [story.rows[place]])]
    story.last = story.last and to_come
    if story.last:
        del story.rows[: place + 1]
    else:
        del story.rows[place]
    return story.last


async def claim(tx: Tx, event: type[Event], keys: Collection[str]) -> set[str]:
    """Those of these keys of which such an event was told before; the caller makes it so, and tells nothing."""
    rows = await tx.fetch(_CLAIM, event.topic.name, event.event_type(), list(keys))
    return {row["key"] for row in rows}


async def listed(tx: Tx, *, limit: int = 1000) -> list[asyncpg.Record]:
    """What is open, the oldest first."""
    return await tx.fetch(_LIST, limit)


async def counted(tx: Tx) -> asyncpg.Record:
    """How many were ever found, how many are open, and from when to when they were told."""
    row = await tx.fetchrow(_COUNT)
    assert row is not None  # noqa: S101 - an aggregate always has one
    return row


async def any_open(tx: Tx) -> bool:
    """Whether anything is open."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM told_before WHERE known_at IS NULL)"))
