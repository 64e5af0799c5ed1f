"""Connections to receivers: only to addresses that were looked at, the same ones that are then connected to.

The check stands where the connection is made, each time: a name that led outside when it was registered may lead to
our database today, and a name that is looked up twice may answer differently the second time.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpcore

from services.webhooks.domain.address import Network, may_be_reached

# Looking up a name blocks a thread for as long as its name server likes. These are for receivers alone: a name
# server that never answers must not keep the threads that Kafka's and PostgreSQL's names need.
_LOOKUPS = ThreadPoolExecutor(32, thread_name_prefix="lookup")

Lookup = Callable[[str, int], Sequence[str]]


class AddressRefused(Exception):
    """The name leads to an address that is not public and not allowed by MENTORING_WEBHOOKS_ALLOWED_NETWORKS."""


class NoSuchHost(Exception):
    """The name leads nowhere."""


def look_up(host: str, port: int) -> Sequence[str]:
    """All addresses of a host, in the order in which the system would try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def checked_addresses(
    host: str,
    port: int,
    *,
    allowed: Iterable[Network],
    timeout: float | None,  # noqa: ASYNC109 - as httpcore hands it on
    lookup: Lookup | None = None,
) -> Sequence[str]:
    """Where the host may be reached; if a single one of its addresses is not allowed, none is used."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            addresses = await loop.run_in_executor(_LOOKUPS, lookup or look_up, host, port)
    except TimeoutError:  # an OSError too
        raise
    except (OSError, UnicodeError) as error:
        raise NoSuchHost(host) from error
    if not addresses:
        raise NoSuchHost(host)
    if not all(may_be_reached(address, allowed) for address in addresses):
        raise AddressRefused(host)
    return addresses


class Guarded(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses. TLS still asks for the host's name and checks it: that is the pool's business."""

    def __init__(self, allowed: Sequence[Network], *, lookup: Lookup | None = None) -> None:
        self._allowed = allowed
        self._lookup = lookup
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Opens a connection to the first checked address that answers."""
        addresses = await checked_addresses(host, port, allowed=self._allowed, timeout=timeout, lookup=self._lookup)
        failure: Exception = NoSuchHost(host)
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Never: a receiver is reached over the network."""
        raise AddressRefused("a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        """Waits; httpcore's own retries, which are switched off, would use it."""
        await self._inner.sleep(seconds)
