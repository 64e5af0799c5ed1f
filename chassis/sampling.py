"""Looks every few seconds at what only a query can tell: outbox, parked messages, pool; and throws old rows away."""

import asyncio

import structlog

from chassis import metrics
from chassis.running import Running

log = structlog.get_logger()

LOOK_EVERY = 5.0
TIDY_EVERY = 600.0
INBOX_DAYS, IDEMPOTENCY_DAYS = 14, 2
TIDY_ROWS = 5_000

_LOOK = """
SELECT (SELECT count(*) FROM outbox) AS pending,
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(written_at)), 0) FROM outbox) AS pending_seconds,
       (SELECT count(*) FROM parked WHERE state = 'parked') AS parked,
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(parked_at)), 0) FROM parked
        WHERE state = 'parked') AS parked_seconds,
       (SELECT count(*) FROM told_before WHERE known_at IS NULL) AS told_before
"""
_TIDY = (
    (
        "DELETE FROM inbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM inbox WHERE heard_at < clock_timestamp()"
        f" - interval '{INBOX_DAYS} days' LIMIT {TIDY_ROWS}))"
    ),
    f"DELETE FROM idempotency_keys WHERE created_at < clock_timestamp() - interval '{IDEMPOTENCY_DAYS} days'",
)


async def run(running: Running) -> None:
    """Samples for ever; a database that is away is not this loop's business."""
    tidy_at = 0.0
    loop = asyncio.get_running_loop()
    while True:
        try:
            await _look(running)
            if loop.time() >= tidy_at:
                for statement in _TIDY:
                    await running.pool.execute(statement)
                tidy_at = loop.time() + TIDY_EVERY
        except Exception as error:  # noqa: BLE001 - the next look comes soon
            log.debug("sampling.interrupted", error=type(error).__name__)
        await asyncio.sleep(LOOK_EVERY)


async def _look(running: Running) -> None:
    (row,) = await running.pool.fetch(_LOOK)
    metrics.OUTBOX_DEPTH.set(row["pending"])
    metrics.OUTBOX_OLDEST_SECONDS.set(row["pending_seconds"])
    metrics.PARKED_DEPTH.set(row["parked"])
    metrics.PARKED_OLDEST_SECONDS.set(row["parked_seconds"])
    metrics.TOLD_BEFORE.set(row["told_before"])
    metrics.POOL_SIZE.set(running.pool.get_size())
    metrics.POOL_IN_USE.set(running.pool.get_size() - running.pool.get_idle_size())
