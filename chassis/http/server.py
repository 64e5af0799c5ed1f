"""uvicorn with bounds: how large a request's head may be, how long it may take, how a stop goes."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = structlog.get_logger()

LARGEST_HEAD = 32_768
HEAD_SECONDS = 15.0
KEEP_ALIVE_SECONDS = 75  # longer than the usual 60 s of a proxy, which must be the one to hang up
STOP_SECONDS = 12
BACKLOG = 1_024


class BoundedProtocol(HttpToolsProtocol):
    """HTTP whose request heads are bounded in bytes and in time; the parser itself bounds neither."""

    _head = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Starts to wait for the first head."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no longer."""
        self._in_time()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Starts to count a head."""
        super().on_message_begin()
        self._head = 0
        self._in_time()
        self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def on_url(self, url: bytes) -> None:
        """Counts."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Counts."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there in time."""
        self._in_time()
        super().on_headers_complete()

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > LARGEST_HEAD:
            raise ValueError("the head of the request is too large")  # answered with 400, and hung up

    def _in_time(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it lives in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_http(app: FastAPI, *, host: str, port: int, stopping: asyncio.Event) -> None:
    """Serves until `stopping` is set, then finishes the requests in hand."""
    listening = _listen(host, port)
    server = _Server(_config(app))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    stop = asyncio.create_task(stopping.wait())
    log.info("http.listening", host=host, port=listening.getsockname()[1])
    try:
        await asyncio.wait({serving, stop}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    finally:
        stop.cancel()
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SystemExit(f"Port {port} on {host} cannot be used: {reason}. Give another one with --port.") from None


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
