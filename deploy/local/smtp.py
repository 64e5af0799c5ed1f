"""A real SMTP server, on loopback unless told otherwise, that keeps each letter as a file, byte for byte as it came."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import signal
import time
from email import message_from_bytes
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.children import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path

REFUSALS = {
    "refused.example": "550 5.1.1 This mailbox does not exist",
    "busy.example": "451 4.2.1 This mailbox is busy, try again later",
}
"""Domains whose letters are refused for good, and for now, so that both can be tried."""


class Mailbox:
    """Takes every letter and writes it to a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_RCPT(  # noqa: N802  the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse the two domains made for it, take everybody else."""
        refusal = REFUSALS.get(address.rpartition("@")[2].lower().rstrip(">"))
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the letter; the answer comes after the file has its name."""
        content = envelope.original_content or b""
        path = self._folder / letter_name(content, time.time_ns())
        new = path.with_suffix(".tmp")
        new.write_bytes(content)
        new.rename(path)
        return f"250 OK kept as {path.name}"


def letter_name(content: bytes, arrived_ns: int) -> str:
    """Sorted by arrival; the same Message-ID gives the same ending, so that a letter sent twice is seen."""
    message_id = message_from_bytes(content).get("Message-ID", "").strip()
    known_by = message_id.encode() or content
    return f"{arrived_ns:020d}-{hashlib.sha256(known_by).hexdigest()[:16]}.eml"


async def serve(port: int, folder: Path, host: str = LOOPBACK) -> None:
    """Take letters until SIGTERM or SIGINT."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    mailbox = Mailbox(folder)
    server = await loop.create_server(
        lambda: SMTP(mailbox, hostname="localhost", ident="mentoring local SMTP", enable_SMTPUTF8=True, loop=loop),
        host=host,
        port=port,
    )
    async with server:
        await stop.wait()


def is_ready(port: int, host: str = LOOPBACK) -> bool:
    """Whether the server greets."""
    import socket  # noqa: PLC0415

    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1) as connection:
        return connection.recv(4).startswith(b"220")
    return False
