"""The line before a busy service: bounded in length and in time, and first come, first served."""

import asyncio
from contextlib import AsyncExitStack

from chassis.http import limits
from chassis.http.limits import LINE, AtOnce
from tests.waiting import eventually


async def test_who_finds_no_place_waits_in_line_and_one_too_many_is_refused_at_once():
    at_once = AtOnce(2)
    async with AsyncExitStack() as served:
        assert [await served.enter_async_context(at_once.place()) for _ in range(2)] == [True, True]
        waiting = [asyncio.create_task(_served(at_once)) for _ in range(2 * LINE)]
        await eventually(lambda: at_once._waiting == 2 * LINE)
        async with at_once.place() as is_room:
            assert not is_room
    assert await asyncio.gather(*waiting) == [True] * (2 * LINE)


async def test_nobody_waits_longer_than_patience_lasts(monkeypatch):
    monkeypatch.setattr(limits, "PATIENCE_SECONDS", 0.01)
    at_once = AtOnce(1)
    async with at_once.place():
        assert not await _served(at_once)
    assert await _served(at_once)


async def _served(at_once: AtOnce) -> bool:
    async with at_once.place() as is_room:
        return is_room
