"""What is older than was promised goes; and the gauges are set."""

import structlog

from chassis.running import Running
from services.webhooks import metrics
from services.webhooks.domain.keeping import KEPT
from services.webhooks.store import attempts, events, receivers

log = structlog.get_logger()

BATCH = 2_000


async def forget_old(running: Running) -> bool:
    """Removes a batch of events and log lines that are past their time; True if there may be more."""
    before = running.clock.now() - KEPT
    gone, unsent = await running.database.run(lambda tx: events.forget(tx, before=before, limit=BATCH), repeatable=True)
    lines = await running.database.run(lambda tx: attempts.forget(tx, before=before, limit=BATCH), repeatable=True)
    if unsent:
        log.warning("deliveries.forgotten", count=unsent, days=KEPT.days)
    return BATCH in (gone, lines)


async def set_gauges(running: Running) -> bool:
    """What waits, and for how long."""
    now = running.clock.now()
    found = await running.database.run(lambda tx: receivers.totals(tx, now), read_only=True, repeatable=True)
    metrics.WAITING.set(found["waiting"])
    metrics.OLDEST_SECONDS.set(max(0.0, found["oldest"]))
    metrics.TURN_WAIT_SECONDS.set(max(0.0, found["turn_wait"]))
    metrics.FAILING.set(found["failing"])
    metrics.PAUSED.set(found["paused"])
    return False
