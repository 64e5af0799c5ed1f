"""Cohort runs as durable jobs."""

import asyncpg

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import RunId
from services.matching.domain.run import Run, RunState
from services.matching.progress import Progress

_COLUMNS = (
    "run_id, program_id, policy_version, state, asked_by, queued_at, correlation_id, attempts, completed_at, problem,"
    " certificate, released_at, phase, done, matched_bound_so_far, cancelled_by, report"
)
_READ = f"SELECT {_COLUMNS} FROM runs"


async def queue(tx: Tx, run: Run) -> bool:
    """Saves a new run; False if one of the same program is not finished yet."""
    return bool(
        await tx.fetchval(
            """
            INSERT INTO runs (run_id, program_id, policy_version, state, asked_by, queued_at, correlation_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (program_id) WHERE state IN ('queued', 'running') DO NOTHING RETURNING true
            """,
            run.run_id,
            run.program_id,
            run.policy_version,
            run.state,
            run.asked_by,
            run.queued_at,
            run.correlation_id,
        )
    )


async def find(tx: Tx, run_id: RunId) -> Run | None:
    """The run as it stands."""
    row = await tx.fetchrow(f"{_READ} WHERE run_id = $1", run_id)
    return _run(row) if row else None


async def lock(tx: Tx, run_id: RunId) -> Run | None:
    """The run as it stands; nobody changes it until the transaction ends."""
    row = await tx.fetchrow(f"{_READ} WHERE run_id = $1 FOR NO KEY UPDATE", run_id)
    return _run(row) if row else None


async def unfinished(tx: Tx) -> list[RunId]:
    """Runs to compute, the oldest first; also those whose process may have died."""
    rows = await tx.fetch("SELECT run_id FROM runs WHERE state IN ('queued', 'running') ORDER BY queued_at, run_id")
    return [row["run_id"] for row in rows]


async def begin(tx: Tx, run_id: RunId) -> Run | None:
    """Marks a run as being computed, once more; None if it is finished."""
    row = await tx.fetchrow(
        f"""
        UPDATE runs SET state = 'running', attempts = attempts + 1
        WHERE run_id = $1 AND state IN ('queued', 'running')
        RETURNING {_COLUMNS}
        """,
        run_id,
    )
    return _run(row) if row else None


async def update(tx: Tx, run: Run) -> None:
    """Saves how a run stands."""
    await tx.execute(
        "UPDATE runs SET state = $2, completed_at = $3, problem = $4, certificate = $5, released_at = $6,"
        " cancelled_by = $7, report = $8 WHERE run_id = $1",
        run.run_id,
        # The table knows no cancelled runs, as the release before does not.
        RunState.FAILED if run.state is RunState.CANCELLED else run.state,
        run.completed_at,
        run.problem,
        run.certificate,
        run.released_at,
        run.cancelled_by,
        run.report,
    )


async def advance(tx: Tx, progress: Progress, *, run_id: RunId) -> bool:
    """Saves how far a run is; False if it is no longer being computed."""
    return bool(
        await tx.fetchval(
            """
            UPDATE runs SET phase = $2, done = $3, matched_bound_so_far = $4
            WHERE run_id = $1 AND state = 'running' RETURNING true
            """,
            run_id,
            progress.phase,
            progress.done,
            progress.matched_bound,
        )
    )


async def visible(tx: Tx, run_id: RunId, *, coordinator: PersonId | None) -> Run | None:
    """A run of a program that this coordinator looks after (None: of any program)."""
    row = await tx.fetchrow(
        f"""{_READ}
        WHERE run_id = $1 AND ($2::text IS NULL OR program_id IN (
            SELECT program_id FROM programs WHERE coordinators @> ARRAY[$2]))
        """,
        run_id,
        coordinator,
    )
    return _run(row) if row else None


async def count_unfinished(tx: Tx) -> int:
    """Runs that somebody waits for."""
    count: int = await tx.fetchval("SELECT count(*) FROM runs WHERE state IN ('queued', 'running')")
    return count


def _run(row: asyncpg.Record) -> Run:
    state = RunState.CANCELLED if row["cancelled_by"] else RunState(row["state"])
    return Run(**{**dict(row), "state": state})
