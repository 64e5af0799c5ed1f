"""Cohort runs: a durable question, asked by a coordinator or an administrator."""

from datetime import datetime

from chassis.db import Tx
from chassis.envelope import new_id
from contracts.event import PersonId
from contracts.matching import ProgramId, RunId
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


async def cancel(tx: Tx, run_id: RunId, *, by: PersonId, now: datetime) -> Run | None:
    """Ends a run that is not finished; whoever computes it stops within a second. None if there is no such run."""
    run = await runs.lock(tx, run_id)
    if run is None:
        return None
    cancelled = domain.cancel(run, by=by, now=now)
    await runs.update(tx, cancelled)
    return cancelled
