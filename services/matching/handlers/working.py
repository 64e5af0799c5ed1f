"""What long questions share: what they look at, who works on which, and the process that does the work."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

from chassis.db import Tx
from chassis.envelope import Context
from chassis.running import Running
from contracts.matching import ProgramId
from services.matching.domain.choice import chosen
from services.matching.domain.ruling import Verdict
from services.matching.progress import Board
from services.matching.store import choices, groups, people, programs, rulings, standing
from services.matching.worker import Cohort, begin

Question = TypeVar("Question")
Answer = TypeVar("Answer")
MOST_ATTEMPTS = 10
GIVEN_UP = f"it was begun {MOST_ATTEMPTS} times and never ended; look at the logs, then ask again"


async def cohort_of(tx: Tx, program_id: ProgramId, policy_version: int) -> Cohort:
    """The people of a program as they are. Releasing looks again, so what changes meanwhile does no harm."""
    return Cohort(
        policy=await programs.policy(tx, program_id, policy_version),
        policy_version=policy_version,
        profiles=await people.taking_part(tx),
        engaged=await standing.engaged(tx, program_id),
        managers=await people.managers(tx),
        tried=await standing.tried(tx, program_id),
        pinned=await rulings.pairs(tx, program_id, Verdict.PINNED),
        forbidden=await rulings.pairs(tx, program_id, Verdict.FORBIDDEN),
        chosen=chosen(await choices.of(tx, program_id)),
        groups=await groups.of_program(tx, program_id),
    )


async def work_on_next(
    running: Running,
    unfinished: Callable[[Tx], Awaitable[Sequence[UUID]]],
    compute: Callable[[Running, UUID], Awaitable[None]],
) -> bool:
    """Computes the oldest of these that no other process is computing; False if there is none."""
    async with _leased(running, unfinished) as asked:
        if asked is not None:
            await compute(running, asked)
        return asked is not None


@asynccontextmanager
async def _leased(
    running: Running, unfinished: Callable[[Tx], Awaitable[Sequence[UUID]]]
) -> AsyncIterator[UUID | None]:
    """Holds one of these with a session lock: a process that is killed lets go of it, and it is begun again.

    The lock only saves work. Whoever else computes the same changes nothing: the state decides who saves.
    """
    async with running.pool.acquire() as connection:
        for asked in await unfinished(Tx(connection, Context.fresh())):
            if await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", str(asked)):
                try:
                    yield asked
                finally:
                    await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", str(asked))
                return
        yield None


async def in_worker(work: Callable[[Question], Answer], question: Question, board: Board) -> Answer:
    """Computes in a process of its own, which goes with its memory; whoever cancels this stops that process, too."""
    loop, spawned = asyncio.get_running_loop(), multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=spawned, initializer=begin, initargs=(board,))
    try:
        pid = await loop.run_in_executor(pool, os.getpid)
        try:
            return await loop.run_in_executor(pool, work, question)
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
