"""The processes that long questions are computed in: each stops by itself, and only itself."""

import asyncio
import multiprocessing
import time

from services.matching import worker
from services.matching.handlers.working import in_worker
from services.matching.progress import Board
from tests.waiting import eventually


def sleep(seconds):
    """Says on the board that it has begun, and sleeps."""
    worker._board.write("reasons", 0.5)
    time.sleep(seconds)


async def test_cancelling_one_question_stops_its_process_and_no_other():
    boards = Board(), Board()
    long, short = (
        asyncio.create_task(in_worker(sleep, seconds, board)) for seconds, board in zip((600, 3), boards, strict=True)
    )
    await eventually(lambda: all(board.read().done for board in boards))
    long.cancel()
    await asyncio.wait({long})
    assert long.cancelled()
    assert await short is None
    await eventually(lambda: not multiprocessing.active_children())
