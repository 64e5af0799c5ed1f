"""Cohort runs: a durable question, asked by a coordinator or an administrator."""

from datetime import datetime

from chassis.db import Tx
from chassis.envelope import new_id
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.domain import run as domain
from services.matching.domain.run import Run, RunState
from services.matching.domain.sentences import CannotRun
from services.matching.handlers.programs import managed
from services.matching.handlers.rulings import pins_must_hold
from services.matching.store import runs

COHORT_RUNS = "cohort-runs"
"""The job that computes them."""


async def ask_for_run(tx: Tx, program_id: ProgramId, *, by: PersonId, coordinator: bool, now: datetime) -> Run:
    """Stores the question; the job is woken when it is committed. One at a time per program."""
    program = await managed(tx, program_id, coordinator=by if coordinator else None)
    program.must_be_open()
    await pins_must_hold(tx, program)
    run = Run(new_id(), program_id, program.policy_version, RunState.QUEUED, by, now, tx.context.correlation_id)
    if not await runs.queue(tx, run):
        raise CannotRun("a run of this program is not finished yet; wait for it, then ask again")
    tx.after_commit(COHORT_RUNS)
    return run


async def cancel(tx: Tx, run: Run, *, by: PersonId, now: datetime) -> Run:
    """Ends a run that is not finished; whoever computes it stops within a second."""
    cancelled = domain.cancel(await runs.lock(tx, run.run_id) or run, by=by, now=now)
    await runs.update(tx, cancelled)
    return cancelled
