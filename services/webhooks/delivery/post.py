"""One request to a receiver and what came of it. Nothing is followed, nothing is kept of the answer but its status."""

import asyncio
import math
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpcore

from services.webhooks.delivery.network import AddressRefused, Guarded, Lookup, NoSuchHost
from services.webhooks.domain.fate import Outcome, outcome_of
from services.webhooks.settings import Settings

AGENT = "mentoring-webhooks/1"
MOST_READ = 4_096
"""Bytes of an answer's body; behind a longer one the connection is closed."""
_IDLE_SECONDS, _MOST_IDLE = 20.0, 64
_BROKEN = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    NoSuchHost,
    TimeoutError,
    OSError,
)


class Post:
    """Connections to receivers. No proxy, no redirects, no cookies: httpcore does none of these by itself."""

    def __init__(self, settings: Settings, *, lookup: Lookup | None = None) -> None:
        trusted = ssl.create_default_context()
        if settings.webhooks_ca_file:
            trusted.load_verify_locations(settings.webhooks_ca_file)
        self._seconds = settings.webhooks_timeout_seconds
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted,
            max_connections=settings.webhooks_at_once,
            max_keepalive_connections=_MOST_IDLE,
            keepalive_expiry=_IDLE_SECONDS,
            retries=0,
            network_backend=Guarded(settings.webhooks_allowed_networks, lookup=lookup),
        )

    async def send(self, url: str, headers: Mapping[str, str], body: str) -> Outcome:
        """Sends the body; whatever happens, the answer comes within the timeout."""
        status: Outcome | None = None
        waits = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        sent = [(name.encode(), value.encode()) for name, value in ({"user-agent": AGENT} | dict(headers)).items()]
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._pool.stream(
                    "POST", url, headers=sent, content=body.encode(), extensions={"timeout": waits}
                ) as response,
            ):
                status = outcome_of(response.status, _retry_after(response))
                await _read_a_little(response)
        except AddressRefused:
            return Outcome("address-refused")
        except _BROKEN:
            # Once the status was there the rest of the answer is of no interest.
            return status or Outcome("no-answer")
        return status

    async def close(self) -> None:
        """Closes all connections."""
        await self._pool.aclose()


async def _read_a_little(response: httpcore.Response) -> None:
    """To its end if that is near, so that the connection can be used again."""
    seen = 0
    async for part in response.aiter_stream():
        seen += len(part)
        if seen > MOST_READ:
            return


def _retry_after(response: httpcore.Response) -> timedelta | None:
    value = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"").decode("latin-1")
    return retry_after(value.strip(), now=datetime.now(UTC))  # the receiver's calendar, whatever ours says


def retry_after(value: str, *, now: datetime) -> timedelta | None:
    """Seconds, or a date of HTTP; None if it is neither."""
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 10**8))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return timedelta(seconds=max(0, math.ceil((at - now).total_seconds())))
