"""Looks every few seconds at what only a query can tell: outbox, parked messages, timers; and throws old rows away."""

import asyncio

import asyncpg
import structlog

from chassis import metrics
from chassis.db import Tx
from chassis.running import Running

log = structlog.get_logger()

LOOK_EVERY = 5.0
READY_SECONDS = 3.0
TIDY_EVERY = 600.0
INBOX_DAYS, IDEMPOTENCY_DAYS = 14, 2
TIDY_ROWS = 5_000

_LOOK = """
SELECT (SELECT count(*) FROM outbox) AS pending,
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(written_at)), 0) FROM outbox) AS pending_seconds,
       (SELECT count(*) FROM told_before WHERE known_at IS NULL) AS told_before,
       parked.count AS parked, coalesce(extract(epoch FROM clock_timestamp() - parked.oldest), 0) AS parked_seconds,
       timers.count AS timers, coalesce(extract(epoch FROM $1 - timers.oldest), 0) AS timers_seconds
FROM (SELECT count(*), min(parked_at) AS oldest FROM parked WHERE state = 'parked') AS parked,
     (SELECT count(*), min(due_at) AS oldest FROM timers WHERE due_at <= $1) AS timers
"""
_TIDY = (
    (
        "DELETE FROM inbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM inbox WHERE heard_at < clock_timestamp()"
        f" - interval '{INBOX_DAYS} days' LIMIT {TIDY_ROWS}))"
    ),
    f"DELETE FROM idempotency_keys WHERE created_at < clock_timestamp() - interval '{IDEMPOTENCY_DAYS} days'",
)


async def run(running: Running) -> None:
    """Samples for ever; while the database is away, that is what the numbers say."""
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
    look_at_pool(running.pool)
    metrics.READY.set(await _is_ready(running))
    now = running.clock.now()
    (row,) = await running.pool.fetch(_LOOK, now)
    metrics.OUTBOX_DEPTH.set(row["pending"])
    metrics.OUTBOX_OLDEST_SECONDS.set(row["pending_seconds"])
    metrics.PARKED_DEPTH.set(row["parked"])
    metrics.PARKED_OLDEST_SECONDS.set(row["parked_seconds"])
    metrics.TOLD_BEFORE.set(row["told_before"])
    metrics.TIMERS_DUE.set(row["timers"])
    metrics.TIMERS_LATE_SECONDS.set(row["timers_seconds"])
    if busy := running.service.busy:

        async def look(tx: Tx) -> None:
            for what, count in (await busy(tx, now)).items():
                metrics.WORK_WAITING.labels(what).set(count)

        await running.database.run(look, read_only=True, repeatable=True)


async def _is_ready(running: Running) -> bool:
    try:
        async with asyncio.timeout(READY_SECONDS):
            return not await running.ready()
    except TimeoutError:
        return False


def look_at_pool(pool: asyncpg.Pool) -> None:
    """Counts the connections of this moment; asks nobody."""
    metrics.POOL_LIMIT.set(pool.get_max_size())
    metrics.POOL_SIZE.set(pool.get_size())
    metrics.POOL_IN_USE.set(pool.get_size() - pool.get_idle_size())
