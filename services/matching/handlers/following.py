"""Long work that somebody may stop waiting for: it says how far it is, and ends when nobody wants it any more."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from chassis.db import TRANSIENT, Tx
from chassis.running import Running
from services.matching.progress import Board, Progress

log = structlog.get_logger()
Answer = TypeVar("Answer")
Advance = Callable[[Tx, Progress], Awaitable[bool]]
"""Saves how far the work is; False if nobody waits for it."""
LOOK_SECONDS = 0.5
"""Between two looks at how far it is, and whether it is still wanted."""


async def unless_cancelled(
    running: Running, working: Awaitable[Answer], board: Board, advance: Advance
) -> Answer | None:
    """The answer; None, and the worker is stopped, if meanwhile nobody waits for it any more."""
    work = asyncio.ensure_future(working)
    unwanted = asyncio.create_task(_follow(running, board, advance))
    try:
        await asyncio.wait({work, unwanted}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return await work
        unwanted.result()  # raises what went wrong with following, if that is why it ended
        return None
    finally:
        for task in (work, unwanted):
            task.cancel()
        await asyncio.gather(work, unwanted, return_exceptions=True)


async def _follow(running: Running, board: Board, advance: Advance) -> None:
    """Saves again and again how far the worker is; ends when that is no longer wanted."""
    wanted = True
    while wanted:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            wanted = await running.database.run(lambda tx: advance(tx, board.read()), repeatable=True)
        except TRANSIENT:  # the database is away; the work goes on, and is followed when it is back
            log.debug("work.not_followed")
