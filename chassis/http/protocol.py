"""HTTP connections with bounds in bytes, in time and in number: uvicorn and its parser have none of these."""

import asyncio
import resource
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from chassis.http import answers

LARGEST_HEAD = 32_768
HEAD_SECONDS = 15.0
LINGER_SECONDS = 10.0
"""For the rest of a body that nobody reads: who is cut off while sending may never see the answer."""
STALLED_READER_SECONDS = 30.0
MOST_CONNECTIONS = 4_096
KEPT_FILES = 256
"""File descriptors for everything else: the database, Kafka, logs."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Those who wait for nothing make room for newcomers, the longest waiting first."""

    idle: ClassVar[dict["BoundedProtocol", None]] = {}
    """On which no request is being served, in the order in which they became so."""
    most: ClassVar[int] = MOST_CONNECTIONS

    _head = _parsed = 0
    """Bytes of the head as they came, and of what the parser has made of them: both are bounded."""
    _in_head = True
    _late: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Starts to wait for the first head."""
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)
        self.idle[self] = None
        if len(self.connections) > self.most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no longer."""
        self.idle.pop(self, None)
        self._in_time()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts what belongs to a head: the parser keeps a value that does not end for as long as it comes."""
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Starts to wait for the end of a head."""
        super().on_message_begin()
        self._in_head, self._parsed = True, 0
        self._wait(HEAD_SECONDS)

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
        self._in_head, self._head = False, 0
        self.idle.pop(self, None)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The whole request is there; what comes now is the next head."""
        self._in_time()
        self._in_head = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Idle again; but who still sends what nobody reads is hung up on, after a while."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self.idle[self] = None
            if self.cycle.more_body:
                self._wait(LINGER_SECONDS)

    def pause_writing(self) -> None:
        """The reader is slow; one that stalls is cut off, with what it left unread."""
        super().pause_writing()
        self._unread = self.loop.call_later(STALLED_READER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads on."""
        if self._unread:
            self._unread.cancel()
            self._unread = None
        if self.flow is not None:
            super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """A request that is no HTTP, or whose head is too large, is answered with a problem too."""
        large = max(self._head, self._parsed) > LARGEST_HEAD
        answer = answers.respond(400, f"The head of a request may have {LARGEST_HEAD:,} bytes." if large else msg)
        head = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
        self.transport.write(STATUS_LINE[400] + head + b"connection: close\r\n\r\n" + bytes(answer.body))
        self.transport.close()

    def _count(self, size: int) -> None:
        self._parsed += size
        if self._parsed > LARGEST_HEAD:
            raise ValueError("the head of the request is too large")  # answered with 400, and hung up

    def _wait(self, seconds: float) -> None:
        self._in_time()
        self._late = self.loop.call_later(seconds, self.transport.close)

    def _in_time(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None

    def _make_room(self) -> None:
        longest = next(iter(self.idle))  # this one at least
        del self.idle[longest]
        longest.transport.abort()


def raise_file_limit() -> None:
    """Takes as many file descriptors as we may, and accepts connections so that some are left for the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wished = MOST_CONNECTIONS + KEPT_FILES
    if soft < wished:
        soft = wished if hard == resource.RLIM_INFINITY else min(wished, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    BoundedProtocol.most = min(MOST_CONNECTIONS, max(1, soft - KEPT_FILES))
