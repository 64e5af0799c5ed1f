"""A receiver of webhooks: a real HTTP server on loopback that remembers what came and answers as it is told."""

import asyncio
import inspect
import json
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

NEVER = None
"""An answer that never comes."""


@dataclass(frozen=True)
class Request:
    """What came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def story(self) -> tuple[str, int]:
        return self.event["subject"], self.event["sequence"]

    def verified(self, secret: str) -> Any:
        """The event, if the library of Standard Webhooks finds the signature good."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass(frozen=True)
class Answer:
    """A status with headers and a body; an endless body goes on until the connection is closed."""

    status: int = 204
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    endless: bool = False


Says = Answer | int | None
Asked = Callable[[Request], Says | Awaitable[Says]]


class Receiver:
    """Answers each request with what `answer` says of it; `seen` holds all, `taken` those that it said yes to."""

    def __init__(self, answer: Asked | Says = 204) -> None:
        self.answer = answer
        self.seen: list[Request] = []
        self.taken: list[Request] = []
        self.port = 0
        self.arrived = asyncio.Event()
        self.hung_up = asyncio.Event()
        """Set it, and whoever waits for an answer that never comes is cut off."""
        self.secret = ""
        """For who checks signatures as they come."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def stories(self) -> dict[str, list[int]]:
        """By subject, the sequences that were taken, in the order in which they came."""
        found: dict[str, list[int]] = {}
        for request in self.taken:
            subject, sequence = request.story
            found.setdefault(subject, []).append(sequence)
        return found

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                request = await _read(reader)
                self.seen.append(request)
                self.arrived.set()
                said = self.answer(request) if callable(self.answer) else self.answer
                if inspect.isawaitable(said):
                    said = await said
                if said is NEVER:
                    await self.hung_up.wait()
                    break
                said = Answer(said) if isinstance(said, int) else said
                if 200 <= said.status < 300:
                    self.taken.append(request)
                await _write(writer, said)
        writer.close()


@asynccontextmanager
async def a_receiver(
    answer: Asked | Says = 204, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """A receiver that listens until the end of the block."""
    receiver = Receiver(answer)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.hung_up.set()
        server.close()


@contextmanager
def a_receiver_beside(answer: Asked | Says = 204) -> Iterator[Receiver]:
    """The same on a loop and a thread of its own, beside whatever the test does."""
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    receiver = Receiver(answer)

    async def serve() -> None:
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
        receiver.port = server.sockets[0].getsockname()[1]
        ready.set()
        await over.wait()
        server.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield receiver
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(head[0].split(" ")[1], headers, body)


async def _write(writer: asyncio.StreamWriter, said: Answer) -> None:
    lines = [f"HTTP/1.1 {said.status} as told", *(f"{name}: {value}" for name, value in said.headers)]
    lines += [] if said.endless else [f"content-length: {len(said.body)}"]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + said.body)
    await writer.drain()
    while said.endless:
        writer.write(b"x" * 65_536)
        await writer.drain()
