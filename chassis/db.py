"""Transactions against the service's own schema, and which errors are worth another try."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import structlog

from chassis import metrics
from chassis.envelope import Context, Heard
from chassis.errors import Unavailable
from contracts.event import Event

T = TypeVar("T")
log = structlog.get_logger()

ACQUIRE_TIMEOUT = 9.0
"""Seconds for a free connection, a new one included: long enough for a standby behind a silent primary."""
TRIES, RETRY_FOR = 6, 5.0
"""How often, and for how many seconds another try may begin: who waits for an answer must get one."""
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 1.0

LOST_CONNECTION = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # raised, without a SQLSTATE, by more than half of terminated backends
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    ConnectionError,
    TimeoutError,
    OSError,
)
TRANSIENT = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby that is just being promoted
    asyncpg.IdleInTransactionSessionTimeoutError,
    *LOST_CONNECTION,
)
"""Errors after which the same transaction may well succeed."""
AWAY = "The database is busy or away just now. Please try again."


class CommitUnknown(Unavailable):
    """The connection broke while committing: the change is either whole or not there at all."""


@dataclass(eq=False)
class Tx:
    """One transaction. Events told, timers set and jobs woken take effect with its commit, or not at all."""

    connection: Any
    context: Context
    heard: Heard[Any] | None = None
    """The event that is being handled, in an `on` handler."""
    told: list[tuple[Event, datetime, Context]] = field(default_factory=list)
    timers: dict[tuple[str, str], tuple[datetime, UUID, str | None] | None] = field(default_factory=dict)
    """By kind and key: until when, for whose story and from which trace, or None to take it away. Written with what
    was told."""
    wakes: set[str] = field(default_factory=set)

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """All rows."""
        rows: list[asyncpg.Record] = await self.connection.fetch(query, *args)
        return rows

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        """The first row, if there is one."""
        row: asyncpg.Record | None = await self.connection.fetchrow(query, *args)
        return row

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first column of the first row."""
        return await self.connection.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        """Runs a statement; gives PostgreSQL's status line."""
        status: str = await self.connection.execute(query, *args)
        return status

    async def executemany(self, query: str, args: Sequence[Sequence[Any]]) -> None:
        """Runs a statement for each row of arguments, in one round trip."""
        await self.connection.executemany(query, args)

    def after_commit(self, job: str) -> None:
        """Wakes a job of this process once this transaction is committed."""
        self.wakes.add(job)


Flush = Callable[[Tx], Awaitable[None]]
Wake = Callable[[set[str]], None]


class Database:
    """A pool of connections to the service's schema, and what must happen at the end of each transaction."""

    def __init__(self, pool: asyncpg.Pool, *, flush: Flush, wake: Wake) -> None:
        self.pool = pool
        self._flush = flush
        self._wake = wake

    @asynccontextmanager
    async def transaction(self, *, context: Context | None = None, read_only: bool = False) -> AsyncIterator[Tx]:
        """Opens a transaction; what was told in it is written just before the commit."""
        async with self._connection() as connection:
            open_one = connection.transaction(readonly=read_only)
            await open_one.start()
            tx = Tx(connection, context or Context.fresh())
            try:
                yield tx
                await self._flush(tx)
            except BaseException:
                await _roll_back(open_one)
                raise
            await _commit(open_one)
        for event, *_ in tx.told:
            metrics.EVENTS_TOLD.labels(event.event_type()).inc()
        if tx.told or tx.wakes:
            self._wake({"relay", *tx.wakes} if tx.told else tx.wakes)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        began = time.perf_counter()
        try:
            connection = await self.pool.acquire(timeout=ACQUIRE_TIMEOUT)
        except TimeoutError:
            metrics.POOL_TIMEOUTS.inc()
            raise
        finally:
            metrics.POOL_WAIT_SECONDS.observe(time.perf_counter() - began)
        try:
            yield connection
        finally:
            await self.pool.release(connection)

    async def run(
        self,
        work: Callable[[Tx], Awaitable[T]],
        *,
        context: Context | None = None,
        read_only: bool = False,
        repeatable: bool = False,
        tries: int = TRIES,
    ) -> T:
        """Runs `work` in a transaction, again after transient errors, a bounded number of times and seconds.

        `repeatable` says that doing it twice does no harm (an inbox or an idempotency key guards it): then
        even a commit with an unknown end is tried again.
        """
        over = time.monotonic() + RETRY_FOR
        for attempt in range(1, tries + 1):
            try:
                async with self.transaction(context=context, read_only=read_only) as tx:
                    return await work(tx)
            except CommitUnknown:
                if not repeatable or attempt == tries or time.monotonic() > over:
                    raise
            except TRANSIENT as error:
                if attempt == tries or time.monotonic() > over:
                    raise
                metrics.TRANSACTIONS_RETRIED.labels(type(error).__name__).inc()
                log.warning("transaction.retried", attempt=attempt, error=type(error).__name__)
            await asyncio.sleep(pause(attempt))
        raise AssertionError("unreachable")


def pause(attempt: int) -> float:
    """Seconds before the next try: doubling, with full jitter, so that rivals do not meet again."""
    longest: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempt, 20))
    return random.uniform(0.5, 1.0) * longest  # noqa: S311 - not a secret


async def _commit(open_one: Any) -> None:
    try:
        await open_one.commit()
    except LOST_CONNECTION as error:
        raise CommitUnknown("the connection broke while saving; please look before you try again") from error


async def _roll_back(open_one: Any) -> None:
    try:
        await open_one.rollback()
    except Exception as error:  # noqa: BLE001 - the first error matters; the connection is thrown away
        log.debug("transaction.rollback_failed", error=type(error).__name__)
