"""The next candidate for a mentee whose offer came to nothing: the best, after the price of their seat.

A price is what the seat was worth to the others in the last run. So who is asked first does not take, for a small gain,
the seat that somebody else needs. Offers that are open and pairs that were accepted are not touched.
"""

from datetime import datetime

import structlog

from chassis import spans
from chassis.db import Tx
from chassis.envelope import Context
from chassis.errors import DomainError
from chassis.running import Running
from services.matching.handlers import candidates, fitting, saving
from services.matching.store import people, proof, replacements, seats, standing
from services.matching.store.replacements import Replacement

log = structlog.get_logger()
MOST_SILENCES = 3
"""Offers in a row that a mentee may let lapse before they are no longer asked by themselves."""


async def offer_next(running: Running) -> bool:
    """A job: asks the next candidate for one waiting mentee; False if nobody waits."""

    async def work(tx: Tx) -> bool:
        waiting = await replacements.take(tx)
        if waiting is None:
            return False
        # The new offer belongs to the story of the one that came to nothing.
        tx.context = Context(correlation_id=waiting.correlation_id)
        with spans.work(tx, "job next-candidates"):
            await _replace(tx, waiting, now=running.clock.now())
        return True

    return await running.database.run(work, repeatable=True)


async def _replace(tx: Tx, waiting: Replacement, *, now: datetime) -> None:
    program_id, mentee_id = waiting.program_id, waiting.mentee_id
    if await standing.silent_in_a_row(tx, program_id, mentee_id) >= MOST_SILENCES:
        log.info("successor.not_asked", mentee_id=mentee_id, program_id=str(program_id), why="silent")
        return
    try:
        asked = await candidates.question(tx, program_id, mentee_id, hold=True)
    except DomainError as no_longer:
        log.info("successor.not_asked", mentee_id=mentee_id, program_id=str(program_id), why=str(no_longer))
        return
    prices = await proof.last_prices(tx, program_id)
    for candidate in await candidates.shortlist(tx, asked, limit=5, prices=prices):
        if await _offer(tx, asked, candidate.mentor_id, now=now):
            return
    log.info("successor.none", mentee_id=mentee_id, program_id=str(program_id))


async def _offer(tx: Tx, asked: candidates.Question, mentor_id: str, *, now: datetime) -> bool:
    """Offers if, with both rows locked, the mentor has a seat; True if the mentee is not looking any more."""
    mentee_id, program_id = asked.mentee.person.id, asked.program.program_id
    await people.lock(tx, {mentee_id, mentor_id})
    if await standing.engaged(tx, program_id, mentee_id=mentee_id):
        return True
    free = (await seats.of(tx, [mentor_id]))[mentor_id].free
    if free < 1:
        return False
    mentor = (await people.known(tx, [mentor_id]))[mentor_id]
    frame = await candidates.frame_around(tx, asked, [mentor_id])
    fit = fitting.fit_of(asked.mentee, mentor, frame, version=asked.program.policy_version)
    decided = fitting.draft(asked.program, fit, asked.mentee, mentor, origin="shortlist", now=now)
    await saving.save_new(tx, [decided], now=now)
    log.info("successor.asked", mentee_id=mentee_id, mentor_id=mentor_id, program_id=str(program_id))
    return True
