"""Bounds: how often one caller may ask, how many may be served at once, how long a sender may stall."""

import asyncio
import hashlib
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from chassis.errors import TooMany, Unavailable

LARGEST_BODY = 1_048_576
"""Bytes. A route that streams says its own: `@router.post(…, max_body_size=…)`."""
MOST_AT_ONCE = 1_024
STALL_SECONDS = 30.0


class Rate:
    """At most so many requests in any second for each caller, counted in this process."""

    def __init__(self, per_second: int) -> None:
        self._item = RateLimitItemPerSecond(per_second)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def admit(self, caller: str) -> None:
        """Counts a request, or refuses it."""
        if not self._limiter.hit(self._item, caller):
            wait = self._limiter.get_window_stats(self._item, caller).reset_time - time.time()
            raise TooMany(
                f"You sent more than {self._item.amount} requests in a second. Please slow down.",
                retry_after=max(1, math.ceil(wait)),
            )


class AtOnce:
    """Requests that are being served. One too many is refused at once instead of making all of them slow."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._most = most
        self._now = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Holds a place."""
        if self._now >= self._most:
            raise Unavailable("Too many requests are being served just now. Please try again.", retry_after=1)
        self._now += 1
        try:
            yield
        finally:
            self._now -= 1


class Incoming:
    """A request's body on its way in: hashed as it is read, cut off when the sender stalls."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._more = True
        self._sha256 = hashlib.sha256()

    async def __call__(self) -> Message:
        """The next part. After the last one it waits without a limit, for the caller to hang up."""
        if not self._more:
            return await self._receive()
        try:
            async with asyncio.timeout(STALL_SECONDS):
                message = await self._receive()
        except TimeoutError:
            detail = f"No byte of the body came for {STALL_SECONDS:.0f} seconds. Please send it again."
            raise HTTPException(408, detail) from None
        self._more = message["type"] == "http.request" and message.get("more_body", False)
        self._sha256.update(message.get("body", b""))
        return message

    @property
    def sha256(self) -> bytes:
        """Of what was read so far."""
        return self._sha256.digest()
