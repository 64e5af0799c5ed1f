"""Keeping the populations of runs no longer, and with nobody more in them, than is promised."""

from datetime import timedelta

import structlog

from chassis.running import Running
from services.matching.handlers.working import in_worker
from services.matching.progress import Board
from services.matching.store import populations
from services.matching.worker import trimmed

log = structlog.get_logger()
POPULATIONS = "populations"
"""The job that looks after them."""
LOOK_AGAIN = timedelta(hours=1)
"""So long may somebody who has left stand in what is kept; nobody reads them from it meanwhile."""


async def look_after(running: Running) -> bool:
    """A job: forgets what is too old, and takes out of one population whoever has left; False if none is due.

    Two processes may look at the same one: both take the same people out, and one of them saves it.
    """
    now, database = running.clock.now(), running.database
    keep = timedelta(days=running.settings.population_days)
    old = await database.run(lambda tx: populations.delete_older(tx, than=now - keep), repeatable=True)
    if old:
        log.info("populations.forgotten", count=old)
    due = await database.run(lambda tx: populations.to_check(tx, before=now - LOOK_AGAIN), read_only=True)
    if due is None:
        return False
    run_id, found = due
    if found.gone:
        left = await in_worker(trimmed, found, Board())
        await database.run(lambda tx: populations.trim(tx, run_id, found, left, now=now), repeatable=True)
        log.info("population.trimmed", run_id=str(run_id), people=len(found.gone))
    else:
        await database.run(lambda tx: populations.checked(tx, run_id, now=now), repeatable=True)
    return True
