"""Once a minute at most: what is each seat worth to those who still look? A shortlist is ordered by that, too."""

from datetime import timedelta
from functools import partial

import structlog

from chassis.db import Tx
from chassis.running import Running
from contracts.matching import ProgramId
from services.matching.handlers.working import cohort_of, in_worker, work_on_next
from services.matching.progress import Board
from services.matching.store import programs, seat_prices
from services.matching.worker import Cohort, prices_of

log = structlog.get_logger()
SEAT_PRICES = "seat-prices"
EVERY = timedelta(minutes=1)
"""The window in which the order of arrival can matter: who came first in it may see another list for so long."""


async def price_next(running: Running) -> bool:
    """A job: solves the program that waits longest, of those in which somebody changed; False if there is none."""
    before = running.clock.now() - EVERY
    return await work_on_next(running, partial(seat_prices.due, solved_before=before), _price)


async def _price(running: Running, program_id: ProgramId) -> None:
    """Solves for everybody who looks, as a run would, and keeps the prices alone: nobody is matched by this."""

    async def read(tx: Tx) -> tuple[int, Cohort | None]:
        # Counted first: what changes after that is looked at again.
        knows = await seat_prices.changes(tx, program_id)
        program = await programs.find(tx, program_id)
        return knows, await cohort_of(tx, program_id, program.policy_version) if program else None

    knows, cohort = await running.database.run(read, read_only=True)
    if cohort is None:
        return
    prices = await in_worker(prices_of, cohort, Board())
    now = running.clock.now()
    await running.database.run(
        lambda tx: seat_prices.save(tx, program_id, prices, knows=knows, now=now), repeatable=True
    )
    log.info("seats.priced", program_id=str(program_id), scarce=len(prices))
