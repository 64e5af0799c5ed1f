"""One connection to the mail server. A letter is handed over in two steps, so that we know when doubt begins.

`prepare` goes as far as one can go without any letter existing: sender, recipient, DATA and the content, but
not the final dot. Until the dot the server must throw everything away (RFC 5321, 4.1.1.4 and 3.3), so whoever is
stopped there may begin anew. `hand_over` sends the dot and waits for the answer: only in between is there doubt.
"""

import re
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog
from aiosmtplib import SMTP

from services.notifications.domain.fate import Outcome
from services.notifications.writing.envelope import Envelope

log = structlog.get_logger()

_WAITS_FOR_CONTENT, _TAKEN = 354, 250
_PERMANENT = 500
_LINE_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)
_BROKEN = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPConnectError, OSError)


@dataclass(frozen=True)
class Server:
    """Where letters leave, and as whom."""

    url: str
    sender: str
    timeout: float

    def client(self) -> SMTP:
        """A connection that is not open yet."""
        parts = urlsplit(self.url)
        return SMTP(
            hostname=parts.hostname,
            port=parts.port or {"smtps": 465, "smtp+starttls": 587}.get(parts.scheme, 25),
            use_tls=parts.scheme == "smtps",
            start_tls=parts.scheme == "smtp+starttls",
            tls_context=None if parts.scheme == "smtp" else ssl.create_default_context(),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            local_hostname=socket.gethostname(),
            timeout=self.timeout,
        )


class Lane:
    """Carries one letter at a time."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client = server.client()

    async def prepare(self, envelope: Envelope) -> Outcome | None:
        """Everything but the dot. None: the server waits for it; else what it said instead."""
        for _ in range(2 if self._client.is_connected else 1):
            try:
                return await self._prepare(envelope)
            except _BROKEN as error:
                # A connection that had been idle may have been closed behind our back: once more, on a new one.
                self._client.close()
                log.info("mail_server.lost", error=type(error).__name__)
        return Outcome("not-now")

    async def _prepare(self, envelope: Envelope) -> Outcome | None:
        try:
            await self._open()
            await self._client.mail(self._server.sender)
            await self._client.rcpt(envelope.address)
            answer = await self._client.execute_command(b"DATA")
        except aiosmtplib.SMTPRecipientRefused as error:
            await self._start_over()
            return Outcome("refused" if error.code >= _PERMANENT else "not-now", error.code)
        except aiosmtplib.SMTPResponseException as error:
            # Sender, login or greeting: that is about us, not about this letter.
            log.error("mail_server.refuses_us", code=error.code)  # noqa: TRY400 - answers may hold addresses
            self._client.close()
            return Outcome("not-now", error.code)
        if answer.code != _WAITS_FOR_CONTENT:
            await self._start_over()
            return Outcome("rejected" if answer.code >= _PERMANENT else "not-now", answer.code)
        self._write(envelope.content)
        return None

    async def _open(self) -> None:
        if not self._client.is_connected:
            await self._client.connect()

    def _write(self, content: bytes) -> None:
        transport = self._client.transport
        if transport is None or transport.is_closing():
            raise aiosmtplib.SMTPServerDisconnected("the connection is gone")
        transport.write(_LINE_WITH_DOT.sub(b"..", content))  # type: ignore[attr-defined]  # it is a socket's

    async def _start_over(self) -> None:
        try:
            await self._client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self._client.close()

    async def hand_over(self) -> Outcome:
        """The dot. Without an answer nobody knows."""
        try:
            answer = await self._client.execute_command(b".")
        except (*_BROKEN, aiosmtplib.SMTPException):
            self._client.close()
            return Outcome("unknown")
        if answer.code == _TAKEN:
            return Outcome("taken", answer.code)
        return Outcome("rejected" if answer.code >= _PERMANENT else "not-now", answer.code)

    def let_drop(self) -> None:
        """Leaves without the dot: the server throws away what it got."""
        self._client.close()

    async def close(self) -> None:
        """Says goodbye, if anybody listens."""
        if self._client.is_connected:
            try:
                await self._client.quit()
            except (aiosmtplib.SMTPException, OSError):
                self._client.close()
