"""A TCP proxy that can cut, delay, swallow one direction, or lose the reply of one COMMIT.

It lives in a thread with a loop of its own, so that a row may steer it from anywhere.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Direction = Literal["to the server", "to the client"]
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CHUNK = 64 * 1024
COMMIT_DONE = b"C\x00\x00\x00\x0bCOMMIT\x00"
"""PostgreSQL's CommandComplete for COMMIT: its tag, its length, its words."""


@dataclass
class Proxy:
    """Listens on `port` and passes on to `target` (host and port, or a socket's path)."""

    target: tuple[str, int] | str
    port: int = 0
    delay: float = 0.0
    swallowed: set[Direction] = field(default_factory=set)
    """Directions in which bytes vanish while the connections stay open."""
    refuses: bool = False
    """Whether a new connection is closed at once, as a port is on which nobody listens."""
    commits_lost: int = 0
    commits_to_lose: int = 0
    bytes_swallowed: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _served: set[asyncio.Task[None]] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def cut(self) -> int:
        """Breaks every open connection; gives how many there were."""
        cut = asyncio.run_coroutine_threadsafe(self._cut(), self._loop)
        return cut.result(10)

    def lose_commits(self, count: int = 1) -> None:
        """The next COMMITs reach the server, their replies do not come back, and the connection breaks."""
        self.commits_to_lose += count

    async def _cut(self) -> int:
        count = len(self._open) // 2
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()
        return count

    async def _listen(self, listening: socket.socket) -> asyncio.Server:
        server = await asyncio.start_server(self._take, sock=listening)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._served.add(task)
        task.add_done_callback(self._served.discard)

    async def _close(self, server: asyncio.Server) -> None:
        """Nothing is left running when the loop ends."""
        server.close()
        for task in list(self._served):
            task.cancel()
        await asyncio.gather(*self._served, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        try:
            there = await self._reach()
        except OSError:
            writer.transport.abort()
            return
        writers = {writer, there[1]}
        self._open |= writers
        ways = [asyncio.ensure_future(way) for way in self._ways((reader, writer), there)]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for each in writers:
                each.transport.abort()
            self._open -= writers
            await asyncio.gather(*ways, return_exceptions=True)

    def _ways(self, client: Ends, server: Ends) -> tuple[Coroutine[Any, Any, None], ...]:
        return self._pass(client[0], server[1], "to the server"), self._pass(server[0], client[1], "to the client")

    async def _reach(self) -> Ends:
        if isinstance(self.target, str):
            return await asyncio.open_unix_connection(self.target)
        return await asyncio.open_connection(*self.target)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Direction) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if way in self.swallowed:
                    self.bytes_swallowed += len(data)
                    continue
                if way == "to the client" and self.commits_to_lose and COMMIT_DONE in data:
                    self.commits_to_lose -= 1
                    self.commits_lost += 1
                    return
                writer.write(data)
                await writer.drain()


@contextlib.contextmanager
def a_proxy(
    target: tuple[str, int] | str, *, listening: socket.socket | None = None, kind: type[Proxy] = Proxy
) -> Iterator[Proxy]:
    """A proxy in front of `target`, listening on loopback unless it is given a socket, until the end of the block."""
    proxy = kind(target)
    own = listening or socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=proxy._loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(proxy._listen(own), proxy._loop).result(10)
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(proxy._close(server), proxy._loop).result(10)
        proxy._loop.call_soon_threadsafe(proxy._loop.stop)
        thread.join(10)
        proxy._loop.close()
