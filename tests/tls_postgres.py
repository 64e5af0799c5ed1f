"""PostgreSQL behind TLS: the wheel's server was built without it, so this speaks it in the server's place.

A client asks for TLS in PostgreSQL's own words, shakes hands, and talks to the real server behind.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.certificates import Signed

ASKS_FOR_TLS = bytes.fromhex("0000000804d2162f")


@asynccontextmanager
async def behind_tls(shown: Signed, port: int, *, clients_of: Path | None = None) -> AsyncIterator[int]:
    """The port of a door with this certificate; with `clients_of`, only for clients of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.certificate, shown.key)
    if clients_of:
        context.load_verify_locations(clients_of)
        context.verify_mode = ssl.CERT_REQUIRED
    server = await asyncio.start_server(_door(context, port), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def _door(context: ssl.SSLContext, port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]:
    async def let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ssl.SSLError, asyncio.IncompleteReadError):
            assert await reader.readexactly(len(ASKS_FOR_TLS)) == ASKS_FOR_TLS, "a client that asked for no TLS"
            writer.write(b"S")
            await writer.start_tls(context)
            behind = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_pass_on(reader, behind[1]), _pass_on(behind[0], writer))
        writer.close()

    return let_in


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while read := await reader.read(65536):
            writer.write(read)
            await writer.drain()
        writer.close()
