"""Waiting for a condition, not for a while."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any


async def eventually(
    look: Callable[[], Any], holds: Callable[[Any], Any] = bool, *, within: float = 30.0, every: float = 0.02
) -> Any:
    """What `look` gives, as soon as `holds` is true of it; fails with the last thing seen.

    Seconds: `within` until it gives up, `every` between looks, more where a look costs somebody something.
    """
    until = time.monotonic() + within
    while True:
        found = look()
        if inspect.isawaitable(found):
            found = await found
        if holds(found):
            return found
        if time.monotonic() > until:
            raise AssertionError(f"still not so after {within} s; last seen: {found!r}")
        await asyncio.sleep(every)
