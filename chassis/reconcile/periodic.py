"""The same comparison, now and then, by one process of each service; its result is a metric."""

import asyncio
from contextlib import suppress
from typing import Any

import structlog

from chassis import metrics
from chassis.clock import SystemClock
from chassis.connections import open_connection
from chassis.reconcile.compare import compare, no_bar
from chassis.reconcile.outcome import Outcome
from chassis.running import Running

log = structlog.get_logger()

LONGEST_FIRST_WAIT = 300.0
MOST_LOGGED = 10
_ALONE = "SELECT pg_try_advisory_lock(hashtextextended('reconcile:' || current_schema(), 0))"


async def run(running: Running) -> None:
    """Compares for ever, each time after `reconcile_minutes`; the first time sooner."""
    every = running.settings.reconcile_minutes * 60.0
    wait = min(LONGEST_FIRST_WAIT, every / 10)
    connection: Any = None
    while True:
        await asyncio.sleep(wait)
        wait = every
        try:
            connection = connection or await _open(running)
            # Whoever has the lock keeps it as long as its connection lives, so the topics are read by one process only.
            if await connection.fetchval(_ALONE):
                await look(running, connection)
            else:
                metrics.RECONCILE_DIFFERENCES.clear()
        except Exception as error:  # noqa: BLE001 - Kafka or the database is away; the next look comes
            log.warning("reconcile.interrupted", error=type(error).__name__)
            await _give_up(connection)
            connection = None


async def look(running: Running, connection: Any) -> list[Outcome]:
    """Compares once and sets the metrics."""
    outcomes = await compare(running.service.told_topics, running.settings, connection, no_bar)
    for outcome in outcomes:
        _report(outcome)
    metrics.RECONCILED_AT.set(SystemClock().now().timestamp())
    return outcomes


async def _open(running: Running) -> Any:
    return await open_connection(running.settings.database_address, name=f"{running.name}-reconcile")


async def _give_up(connection: Any) -> None:
    if connection:
        with suppress(Exception):
            await connection.close(timeout=5)


def _report(outcome: Outcome) -> None:
    metrics.RECONCILE_DIFFERENCES.labels(outcome.topic).set(outcome.differences)
    for difference in outcome.named[:MOST_LOGGED]:
        log.error("reconcile.differs", topic=difference.topic, key=difference.key, reason=str(difference))
    log.info("reconcile.done", topic=outcome.topic, records=outcome.records, differences=outcome.differences)
