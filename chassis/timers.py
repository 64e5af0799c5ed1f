"""Instants at which something must be looked at again: rows found by a sweep, not sleeping tasks.

A timer fires once: its row goes in the transaction of its handler. It survives restarts, fires in the order of
its instant, and its handler's `now` is never before that instant.
"""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import asyncpg
import structlog
from structlog.contextvars import bound_contextvars

from chassis import metrics, spans, tracing
from chassis.clock import Clock
from chassis.db import Database, Tx
from chassis.envelope import Context, new_id

log = structlog.get_logger()

BATCH = 100
AGAIN_AFTER = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)


class TimerHandler(Protocol):
    """Looks again at what the timer was set for."""

    def __call__(self, tx: Tx, key: str, *, now: datetime) -> Awaitable[object]:
        """Acts in the given transaction; raises what went wrong, then it is tried again later."""
        ...


@dataclass(frozen=True)
class Timer:
    """A kind of timer and who acts on it."""

    kind: str
    handler: TimerHandler


def at(kind: str, handler: TimerHandler) -> Timer:
    """Calls `handler` with the key when a timer of this kind is due."""
    return Timer(kind, handler)


async def set(tx: Tx, kind: str, key: str, due_at: datetime) -> None:  # noqa: A001 - reads as timers.set
    """Sets the timer of this kind and key, or moves it, with the commit. The last word of a transaction counts."""
    tx.timers[kind, key] = due_at, tx.context.correlation_id, tracing.recorded(tx.context.traceparent)
    tx.after_commit("timers")


async def cancel(tx: Tx, kind: str, key: str) -> None:
    """Takes the timer away with the commit, if it is still there."""
    tx.timers[kind, key] = None


_WRITE = """
WITH gone AS (
    DELETE FROM timers WHERE (kind, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
)
INSERT INTO timers (kind, key, due_at, correlation_id, traceparent)
SELECT * FROM unnest($3::text[], $4::text[], $5::timestamptz[], $6::uuid[], $7::text[]) AS t (kind, key)
ORDER BY kind, key
ON CONFLICT (kind, key) DO UPDATE
SET due_at = excluded.due_at, traceparent = excluded.traceparent, tries = 0, not_before = NULL
"""


async def flush(tx: Tx) -> None:
    """Writes in one statement what was set and cancelled; called by the chassis just before the commit."""
    if not tx.timers:
        return
    gone = [place for place, timer in tx.timers.items() if timer is None]
    kept = [(*place, *timer) for place, timer in tx.timers.items() if timer is not None]
    columns = [[row[column] for row in rows] for rows, width in ((gone, 2), (kept, 5)) for column in range(width)]
    await tx.execute(_WRITE, *columns)


_DUE = """
SELECT kind, key, due_at, correlation_id, traceparent FROM timers
WHERE due_at <= $1 AND kind = ANY($2::text[]) AND (not_before IS NULL OR not_before <= clock_timestamp())
ORDER BY due_at, kind, key LIMIT $3 FOR UPDATE SKIP LOCKED
"""


class Sweep:
    """Fires the due timers of one service."""

    def __init__(self, database: Database, clock: Clock, timers: tuple[Timer, ...]) -> None:
        self._database = database
        self._clock = clock
        self._handlers = {timer.kind: timer.handler for timer in timers}

    async def fire_due(self) -> int:
        """Fires what is due, at most a batch; gives how many. A failing timer is put off; others go on."""
        if not self._handlers:
            return 0
        try:
            return await self._run(BATCH, [])
        except Exception as error:  # noqa: BLE001 - one of them failed: find it by firing one at a time
            log.debug("timers.batch_failed", error=type(error).__name__)
            return await self._fire_singly()

    async def _fire_singly(self) -> int:
        fired = 0
        for _ in range(BATCH):
            due: list[asyncpg.Record] = []
            try:
                if not await self._run(1, due):
                    break
            except Exception as error:
                if not due:
                    raise
                metrics.TIMERS_FAILED.labels(due[-1]["kind"]).inc()
                await self._put_off(due[-1], error)
            fired += 1
        return fired

    async def _run(self, limit: int, seen: list[asyncpg.Record]) -> int:
        """Fires in one transaction, and once that is committed counts how late each was."""
        fired = await self._database.run(lambda tx: self._fire(tx, limit, seen), repeatable=True)
        now = self._clock.now()
        for row in seen:
            late = (now - row["due_at"]).total_seconds()
            metrics.TIMER_FIRED_LATE_SECONDS.labels(row["kind"]).observe(max(0.0, late))
        return fired

    async def _fire(self, tx: Tx, limit: int, seen: list[asyncpg.Record]) -> int:
        now = self._clock.now()
        rows = await tx.fetch(_DUE, now, list(self._handlers), limit)
        seen.clear()  # of an earlier try of this transaction
        for row in rows:
            seen.append(row)
            # Deleted first: a handler may set the same timer anew.
            await cancel(tx, row["kind"], row["key"])
            with _continuing(tx, row):
                await self._handlers[row["kind"]](tx, row["key"], now=max(now, row["due_at"]))
        return len(rows)

    async def _put_off(self, row: asyncpg.Record, error: Exception) -> None:
        with bound_contextvars(**_story(row["correlation_id"])):
            log.error("timer.failed", kind=row["kind"], key=row["key"], exc_info=error)
        await self._database.pool.execute(
            "UPDATE timers SET tries = tries + 1,"
            " not_before = clock_timestamp() + least($3::interval * power(2, tries), $4::interval)"
            " WHERE kind = $1 AND key = $2",
            row["kind"],
            row["key"],
            AGAIN_AFTER,
            LONGEST_WAIT,
        )


@contextmanager
def _continuing(tx: Tx, row: asyncpg.Record) -> Iterator[None]:
    """What is told and logged meanwhile belongs to the story in which the timer was set.

    It may be weeks old, so its trace is not gone on with: the new one has a link to it.
    """
    tx.context = Context(correlation_id=row["correlation_id"] or new_id())
    work = spans.work(
        tx, f"fire {row['kind']}", links=[row["traceparent"]], about={"mentoring.timer.kind": row["kind"]}
    )
    with bound_contextvars(**_story(tx.context.correlation_id)), work:
        yield


def _story(correlation_id: UUID | None) -> dict[str, str]:
    return {"correlation_id": str(correlation_id)} if correlation_id else {}
