"""Events that may be sent, and who wants them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from services.webhooks.domain.message import TEST_TOPIC

_WANTS = """
    (cardinality(s.event_types) = 0 OR e.type = ANY(s.event_types))
    AND (cardinality(s.program_ids) = 0 OR e.program_id = ANY(s.program_ids))
    AND (cardinality(s.person_ids) = 0 OR e.person_ids && s.person_ids)
    AND (cardinality(s.subjects) = 0 OR e.key = ANY(s.subjects))
"""
# A lane that is there already is touched all the same: its lock makes who is just ending it and who adds to it take
# turns, so that no delivery is left without a lane.
_INTO_LANES = """
    INSERT INTO lanes (subscription_id, topic, key, due_at)
    SELECT DISTINCT subscription_id, topic, key, $2::timestamptz FROM queued ORDER BY subscription_id, topic, key
    ON CONFLICT (subscription_id, topic, key) DO UPDATE SET due_at = lanes.due_at
"""

_KEEP = f"""
WITH kept AS (
    INSERT INTO events (event_id, type, topic, key, sequence, told_at, program_id, person_ids, data)
    SELECT event_id, type, topic, key, sequence, told_at, program_id, person_ids, data
    FROM ROWS FROM (jsonb_to_recordset($1) AS (
        event_id uuid, type text, topic text, key text, sequence bigint, told_at timestamptz, program_id uuid,
        person_ids text[], data text
    )) WITH ORDINALITY AS x (event_id, type, topic, key, sequence, told_at, program_id, person_ids, data, number)
    ORDER BY number
    ON CONFLICT (event_id) DO NOTHING
    RETURNING place, type, topic, key, program_id, person_ids
), queued AS (
    INSERT INTO deliveries (subscription_id, topic, key, place)
    SELECT s.subscription_id, e.topic, e.key, e.place FROM kept e JOIN subscriptions s ON {_WANTS}
    RETURNING subscription_id, topic, key
)
{_INTO_LANES}
"""

_KEEP_TEST = f"""
WITH kept AS (
    INSERT INTO events (event_id, type, topic, key, sequence, told_at, person_ids, data)
    VALUES ($3, $4, $5, $1::text, (SELECT count(*) + 1 FROM events WHERE topic = $5 AND key = $1::text), $2, '{{}}', $6)
    RETURNING place, topic, key
), queued AS (
    INSERT INTO deliveries (subscription_id, topic, key, place)
    SELECT ($1::text)::uuid, topic, key, place FROM kept
    RETURNING subscription_id, topic, key
)
{_INTO_LANES}
"""

_REPLAY = f"""
WITH queued AS (
    INSERT INTO deliveries (subscription_id, topic, key, place)
    SELECT s.subscription_id, e.topic, e.key, e.place
    FROM events e JOIN subscriptions s ON s.subscription_id = $1 AND {_WANTS}
    WHERE e.told_at >= $3 AND e.topic <> $4
    ON CONFLICT DO NOTHING
    RETURNING subscription_id, topic, key
), laned AS ({_INTO_LANES})
SELECT count(*) FROM queued
"""


async def keep(tx: Tx, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Keeps what is new and queues it for all who want it; gives in how many lanes something stands now."""
    return int((await tx.execute(_KEEP, rows, now)).rpartition(" ")[2])


async def keep_test(tx: Tx, subscription_id: UUID, *, event_id: UUID, type: str, data: str, now: datetime) -> None:  # noqa: A002 - the event's own word
    """A test for one subscription, in a story of its own."""
    await tx.execute(_KEEP_TEST, str(subscription_id), now, event_id, type, TEST_TOPIC, data)


async def replay(tx: Tx, subscription_id: UUID, *, since: datetime, now: datetime) -> int:
    """Queues again whatever it wants of what was told since then; gives how much came on top."""
    queued: int = await tx.fetchval(_REPLAY, subscription_id, now, since, TEST_TOPIC)
    return queued


async def forget(tx: Tx, *, before: datetime, limit: int) -> tuple[int, int]:
    """Removes events that were told before then; how many, and how many deliveries went with them unsent."""
    row = await tx.fetchrow(
        """
        WITH old AS (SELECT place FROM events WHERE told_at < $1 ORDER BY told_at LIMIT $2),
        unsent AS (SELECT count(*) AS count FROM deliveries WHERE place IN (SELECT place FROM old)),
        gone AS (DELETE FROM events WHERE place IN (SELECT place FROM old) RETURNING place)
        SELECT (SELECT count(*) FROM gone) AS gone, (SELECT count FROM unsent) AS unsent
        """,
        before,
        limit,
    )
    return (row["gone"], row["unsent"]) if row else (0, 0)
