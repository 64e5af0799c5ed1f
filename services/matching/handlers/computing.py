"""Computes cohort runs beside the requests: a process of its own for each, answered exactly once."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import structlog

from chassis import outbox, spans
from chassis.db import Tx
from chassis.envelope import Context
from chassis.running import Running
from contracts.matching import MatchRunCompleted, RunId
from services.matching import metrics
from services.matching.domain.run import Answer, Run, RunState
from services.matching.handlers.following import unless_cancelled
from services.matching.handlers.working import GIVEN_UP, MOST_ATTEMPTS, cohort_of, in_worker, work_on_next
from services.matching.progress import Board, Progress
from services.matching.store import pairs, populations, proof, runs
from services.matching.worker import Cohort, compute

log = structlog.get_logger()
T = TypeVar("T")
ROWS_AT_ONCE = 2_000


async def compute_next(running: Running) -> bool:
    """A job: computes the oldest run that no other process is computing; False if there is none."""
    return await work_on_next(running, runs.unfinished, _compute)


async def _compute(running: Running, run_id: RunId) -> None:
    began = time.monotonic()
    run = await running.database.run(lambda tx: runs.begin(tx, run_id))
    if run is None:
        return
    if run.attempts > MOST_ATTEMPTS:
        await _give_up(running, run)
        return
    asked = run.program_id, run.policy_version
    cohort = await running.database.run(lambda tx: cohort_of(tx, *asked), read_only=True)
    log.info("run.begun", run_id=str(run_id), attempt=run.attempts, people=len(cohort.profiles))
    board = Board()
    answer = await _answer(running, run_id, cohort, board)
    phases = board.seconds()
    if answer is None:
        metrics.RUNS.labels("cancelled").inc()
        log.info("run.stopped", run_id=str(run_id), why="cancelled")
        return
    context = Context(correlation_id=run.correlation_id)
    # Trying twice does no harm: the second time finds the run completed.
    saved = await running.database.run(
        lambda tx: _complete(tx, run_id, answer, now=running.clock.now()), context=context, repeatable=True
    )
    if saved:
        found = {"matched": len(answer.pairs), "unmatched": len(answer.unmatched)}
        metrics.completed(seconds=time.monotonic() - began, phases=phases, **found)


async def _answer(running: Running, run_id: RunId, cohort: Cohort, board: Board) -> Answer | None:
    """What the worker finds, shown on the way; None if the run was cancelled meanwhile."""

    async def advance(tx: Tx, progress: Progress) -> bool:
        metrics.show(progress)
        return await runs.advance(tx, progress, run_id=run_id)

    try:
        with metrics.RUNS_INTERRUPTED.count_exceptions():
            return await unless_cancelled(running, in_worker(compute, cohort, board), board, advance)
    finally:
        metrics.show(None)


async def _complete(tx: Tx, run_id: RunId, answer: Answer, *, now: datetime) -> bool:
    """Saves the result and tells it in one transaction; False if somebody did before."""
    run = await runs.lock(tx, run_id)
    if run is None or run.state is not RunState.RUNNING:
        return False
    completed = replace(run, state=RunState.COMPLETED, completed_at=now)
    await runs.update(tx, replace(completed, certificate=answer.certificate, report=answer.report))
    for matched in _chunks(answer.pairs):
        await pairs.insert(tx, run_id, matched)
    for unmatched in _chunks(answer.unmatched):
        await pairs.insert_unmatched(tx, run_id, unmatched)
    await proof.insert_prices(tx, run_id, answer.prices)
    await proof.insert_utilities(tx, run_id, answer.utilities)
    await populations.insert(tx, run_id, answer.population, now=now)
    with spans.work(tx, "job cohort-runs"):
        await outbox.tell(tx, [_told(run, answer.certificate)], now=now)
    log.info("run.completed", run_id=str(run_id), matched=len(answer.pairs), unmatched=len(answer.unmatched))
    return True


def _told(run: Run, certificate: dict[str, Any]) -> MatchRunCompleted:
    fields = MatchRunCompleted.model_fields.keys() & certificate.keys()
    proven = {name: certificate[name] for name in fields}
    return MatchRunCompleted(**proven | {"run_id": run.run_id, "program_id": run.program_id})


async def _give_up(running: Running, run: Run) -> None:
    failed = replace(run, state=RunState.FAILED, completed_at=running.clock.now(), problem=GIVEN_UP)
    await running.database.run(lambda tx: runs.update(tx, failed), repeatable=True)
    metrics.RUNS.labels("failed").inc()
    log.error("run.failed", run_id=str(run.run_id), attempts=run.attempts)


def _chunks(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + ROWS_AT_ONCE] for start in range(0, len(items), ROWS_AT_ONCE)]
