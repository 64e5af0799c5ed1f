"""Bounds: how often one caller may ask, how many may be served at once, how long a sender may stall."""

import asyncio
import hashlib
import math
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import islice

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from chassis.errors import TooMany

LARGEST_BODY = 1_048_576
"""Bytes. A route that streams says its own: `@router.post(…, max_body_size=…)`."""
LINE, PATIENCE_SECONDS = 16, 5.0
"""How many may wait for each one that is served, and for how long."""
STALL_SECONDS = 30.0
SLOWEST_BYTES = 1_024
"""A second, on average after the first STALL_SECONDS: a byte now and then would hold a place for days."""


class Rate:
    """At most so many requests in any second for each caller, counted in this process.

    (The `limits` package kept in memory starts a thread for nearly each request: a sixth of what serving one cost.)
    """

    def __init__(self, per_second: int) -> None:
        self._most = per_second
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()
        """When each caller asked within the last second; who asked last stands last."""

    def admit(self, caller: str) -> None:
        """Counts a request, or refuses it."""
        now = time.monotonic()
        asked = self._asked.setdefault(caller, deque())
        while asked and asked[0] <= now - 1:
            asked.popleft()
        if len(asked) >= self._most:
            raise TooMany(
                f"You sent more than {self._most} requests in a second. Please slow down.",
                retry_after=max(1, math.ceil(asked[0] + 1 - now)),
            )
        asked.append(now)
        self._asked.move_to_end(caller)
        self._forget(now)

    def _forget(self, now: float) -> None:
        """Drops the two who have been silent longest, if for a second: more than come anew, so none pile up."""
        for caller in list(islice(self._asked, 2)):
            if self._asked[caller][-1] <= now - 1:
                del self._asked[caller]


class AtOnce:
    """Requests that are being served, and a short line of those that wait: a cohort may well say yes in one second.

    One too many for the line is refused at once, and whoever has waited for PATIENCE_SECONDS is, too.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._places = asyncio.Semaphore(most)
        self._waiting = 0
        self._each: Counter[str] = Counter()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[bool]:
        """Holds a place meanwhile; False if there is none."""
        if not await self._take():
            yield False
            return
        try:
            yield True
        finally:
            self._places.release()

    async def _take(self) -> bool:
        if not self._places.locked():
            return await self._places.acquire()
        if self._waiting >= self._most * LINE:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._places.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1

    @contextmanager
    def place_of(self, caller: str) -> Iterator[None]:
        """Counts it for its caller: nobody may hold more than half of all places, with slow uploads for example."""
        if self._each[caller] >= max(1, self._most // 2):
            raise TooMany("Too many requests of yours are being served just now. Please wait for their answers.")
        self._each[caller] += 1
        try:
            yield
        finally:
            self._each[caller] -= 1
            if not self._each[caller]:
                del self._each[caller]


class Incoming:
    """A request's body on its way in: hashed as it is read, cut off when the sender stalls or dawdles."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._more = True
        self._sha256 = hashlib.sha256()
        self._until = asyncio.get_running_loop().time() + STALL_SECONDS

    async def __call__(self) -> Message:
        """The next part. After the last one it waits without a limit, for the caller to hang up."""
        if not self._more:
            return await self._receive()
        try:
            async with asyncio.timeout(min(STALL_SECONDS, self._until - asyncio.get_running_loop().time())):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "The body came too slowly, or not to its end. Please send it again.") from None
        self._until += len(message.get("body", b"")) / SLOWEST_BYTES
        self._more = message["type"] == "http.request" and message.get("more_body", False)
        self._sha256.update(message.get("body", b""))
        return message

    @property
    def sha256(self) -> bytes:
        """Of what was read so far."""
        return self._sha256.digest()
