"""Cohort runs: a durable question, computed beside the requests, answered exactly once."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import structlog

from chassis import outbox
from chassis.db import Tx
from chassis.envelope import Context, new_id
from chassis.running import Running
from contracts.event import PersonId
from contracts.matching import MatchRunCompleted, ProgramId, RunId
from services.matching.domain.run import Answer, Run, RunState
from services.matching.domain.sentences import CannotRun
from services.matching.handlers.programs import managed
from services.matching.store import pairs, people, programs, proof, runs, standing
from services.matching.worker import Cohort, compute, die_with_parent

log = structlog.get_logger()
T = TypeVar("T")
COHORT_RUNS = "cohort-runs"
ROWS_AT_ONCE = 2_000
MOST_ATTEMPTS = 10


async def ask_for_run(tx: Tx, program_id: ProgramId, *, by: PersonId, coordinator: bool, now: datetime) -> Run:
    """Stores the question; the job is woken when it is committed. One at a time per program."""
    program = await managed(tx, program_id, coordinator=by if coordinator else None)
    program.must_be_open()
    run = Run(new_id(), program_id, program.policy_version, RunState.QUEUED, by, now, tx.context.correlation_id)
    if not await runs.queue(tx, run):
        raise CannotRun("a run of this program is not finished yet; wait for it, then ask again")
    tx.after_commit(COHORT_RUNS)
    return run


async def compute_next(running: Running) -> bool:
    """A job: computes the oldest run that no other process is computing; False if there is none."""
    async with _leased(running) as run_id:
        if run_id is None:
            return False
        await _compute(running, run_id)
        return True


@asynccontextmanager
async def _leased(running: Running) -> AsyncIterator[RunId | None]:
    """Holds a run with a session lock: a process that is killed lets go of it, and the run is begun again.

    The lock only saves work. Whoever else computes the same run changes nothing: the state decides who saves.
    """
    async with running.pool.acquire() as connection:
        for run_id in await runs.unfinished(Tx(connection, Context.fresh())):
            if await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", str(run_id)):
                try:
                    yield run_id
                finally:
                    await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", str(run_id))
                return
        yield None


async def _compute(running: Running, run_id: RunId) -> None:
    run = await running.database.run(lambda tx: runs.begin(tx, run_id))
    if run is None:
        return
    if run.attempts > MOST_ATTEMPTS:
        await _give_up(running, run)
        return
    cohort = await running.database.run(lambda tx: _cohort(tx, run), read_only=True)
    log.info("run.begun", run_id=str(run_id), attempt=run.attempts, people=len(cohort.profiles))
    answer = await in_worker(cohort)
    context = Context(correlation_id=run.correlation_id)
    # Trying twice does no harm: the second time finds the run completed.
    await running.database.run(
        lambda tx: _complete(tx, run_id, answer, now=running.clock.now()), context=context, repeatable=True
    )


async def _cohort(tx: Tx, run: Run) -> Cohort:
    """What the run looks at. Releasing looks again, so what changes meanwhile does no harm."""
    return Cohort(
        policy=await programs.policy(tx, run.program_id, run.policy_version),
        policy_version=run.policy_version,
        profiles=await people.taking_part(tx),
        engaged=await standing.engaged(tx, run.program_id),
        managers=await people.managers(tx),
        tried=await standing.tried(tx, run.program_id),
    )


async def in_worker(cohort: Cohort) -> Answer:
    """Computes in a process of its own, which goes with its memory; stopping the service stops it, too."""
    before = set(multiprocessing.active_children())
    spawned = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=spawned, initializer=die_with_parent)
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, compute, cohort)
    except asyncio.CancelledError:
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


async def _complete(tx: Tx, run_id: RunId, answer: Answer, *, now: datetime) -> None:
    """Saves the result and tells it in one transaction, if nobody did before."""
    run = await runs.lock(tx, run_id)
    if run is None or run.state is not RunState.RUNNING:
        return
    await runs.update(tx, replace(run, state=RunState.COMPLETED, completed_at=now, certificate=answer.certificate))
    for matched in _chunks(answer.pairs):
        await pairs.insert(tx, run_id, matched)
    for unmatched in _chunks(answer.unmatched):
        await pairs.insert_unmatched(tx, run_id, unmatched)
    await proof.insert_prices(tx, run_id, answer.prices)
    await proof.insert_utilities(tx, run_id, answer.utilities)
    await outbox.tell(tx, [_told(run, answer.certificate)], now=now)
    log.info("run.completed", run_id=str(run_id), matched=len(answer.pairs), unmatched=len(answer.unmatched))


def _told(run: Run, certificate: dict[str, Any]) -> MatchRunCompleted:
    fields = MatchRunCompleted.model_fields.keys() & certificate.keys()
    proven = {name: certificate[name] for name in fields}
    return MatchRunCompleted(**proven | {"run_id": run.run_id, "program_id": run.program_id})


async def _give_up(running: Running, run: Run) -> None:
    problem = f"the run was begun {MOST_ATTEMPTS} times and never ended; look at the logs, then ask again"
    failed = replace(run, state=RunState.FAILED, completed_at=running.clock.now(), problem=problem)
    await running.database.run(lambda tx: runs.update(tx, failed), repeatable=True)
    log.error("run.failed", run_id=str(run.run_id), attempts=run.attempts)


def _chunks(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + ROWS_AT_ONCE] for start in range(0, len(items), ROWS_AT_ONCE)]
