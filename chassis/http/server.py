"""uvicorn as we run it: which bounds it keeps, how it stops."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import structlog
import uvicorn
from fastapi import FastAPI

from chassis.http.protocol import BoundedProtocol, raise_file_limit

log = structlog.get_logger()

KEEP_ALIVE_SECONDS = 75  # longer than the usual 60 s of a proxy, which must be the one to hang up
STOP_SECONDS = 12
BACKLOG = 4_096
"""Connections that wait to be accepted; one too many is dropped, and its sender tries again seconds later."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it lives in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_http(app: FastAPI, *, host: str, port: int, stopping: asyncio.Event) -> None:
    """Serves until `stopping` is set, then finishes the requests in hand."""
    raise_file_limit()
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
