"""An open loop of requests: they come at their rate whether or not those before were answered, as people do."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import uvloop

from tests.waiting import eventually

T = TypeVar("T")
Request = Callable[[int], bytes]
TICK = 0.01
GIVEN_UP_AFTER = 60.0
LINES = 1_500
"""Connections, opened before: opening them is not what is measured."""


@dataclass(slots=True)
class Answer:
    """What came back for one request; status 0: the connection broke."""

    number: int
    status: int
    seconds: float
    head: bytes
    body: bytes


@dataclass
class Flood:
    """Everything that was sent, and answered."""

    answers: list[Answer] = field(default_factory=list)
    sent: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Requests that really were sent, a second."""
        return self.sent / self.seconds

    def counts(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    def of(self, *statuses: int) -> list[Answer]:
        return [answer for answer in self.answers if answer.status in statuses]

    def quantile(self, share: float, *statuses: int) -> float:
        """Seconds within which that share of these answers came."""
        taken = sorted(answer.seconds for answer in self.of(*statuses))
        return taken[min(len(taken) - 1, int(share * len(taken)))] if taken else 0.0


class Line(asyncio.Protocol):
    """One connection with at most one request on it; answers have a Content-Length, all of ours do."""

    def __init__(self, found: Flood, free: "Callable[[Line], object]") -> None:
        self._found, self._free = found, free
        self._number, self._begun, self._came = -1, 0.0, b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self._free(self)

    def ask(self, number: int, request: bytes) -> None:
        assert self.transport is not None
        self._number, self._begun, self._came = number, time.monotonic(), b""
        self._found.sent += 1
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, found, body = self._came.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if found and len(body) >= int(length or 0):
            self._done(int(head[9:12]), head, body)
            self._free(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.transport = None
        if self._number >= 0:
            self._done(0, b"", b"")

    def _done(self, status: int, head: bytes, body: bytes) -> None:
        self._found.answers.append(Answer(self._number, status, time.monotonic() - self._begun, head, body))
        self._number = -1


@asynccontextmanager
async def lines(port: int, count: int, found: Flood, free: Callable[[Line], object]) -> AsyncIterator[None]:
    """Connections that are handed over now, and again after each answer."""
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(lambda: Line(found, free), "127.0.0.1", port) for _ in range(count)]
    yield
    await eventually(lambda: found.sent - len(found.answers), lambda due: not due, within=GIVEN_UP_AFTER)
    for transport, _ in opened:
        transport.close()


async def flood(port: int, request: Request, *, rate: float, seconds: float, count: int = LINES) -> Flood:
    """Sends `rate` requests a second as long as a connection is free, then waits for what is still due."""
    found, idle = Flood(), deque[Line]()
    async with lines(port, count, found, idle.append):
        begun = time.monotonic()
        while (now := time.monotonic() - begun) < seconds:
            while found.sent < now * rate and idle:
                line = idle.pop()
                if line.transport:
                    line.ask(found.sent, request(found.sent))
            await asyncio.sleep(TICK)
        found.seconds = time.monotonic() - begun
    return found


async def capacity(port: int, request: Request, *, seconds: float, callers: int = 16) -> float:
    """Answers a second when that many callers each ask again as soon as they were answered."""
    found, begun = Flood(), time.monotonic()

    def ask_again(line: Line) -> None:
        if time.monotonic() - begun < seconds:
            line.ask(found.sent, request(found.sent))

    async with lines(port, callers, found, ask_again):
        await eventually(lambda: time.monotonic() - begun >= seconds, within=2 * seconds)
    return len(found.answers) / (time.monotonic() - begun)


async def apart(work: Callable[[], Awaitable[T]]) -> T:
    """Runs this in a thread with a fast loop of its own, so that measuring does not wait for the test."""

    async def run() -> T:
        return await work()

    return await asyncio.to_thread(uvloop.run, run())
