"""Requests without end: many at once, each repeated as soon as it is answered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

READ = 65_536


@asynccontextmanager
async def requests(url: str, token: str, *, at_once: int, pause: float = 0.0) -> AsyncIterator[Counter[int]]:
    """Asks this address meanwhile; gives the answers so far by status. A client library would be the bottleneck."""
    answers: Counter[int] = Counter()
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(_ask(url, token, answers, pause)) for _ in range(at_once)]
        try:
            yield answers
        finally:
            for each in asking:
                each.cancel()


async def _ask(url: str, token: str, answers: Counter[int], pause: float) -> None:
    parts = urlsplit(url)
    lines = (
        f"GET {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Authorization: Bearer {token}",
        "Connection: close",
    )
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                writer.write("\r\n".join([*lines, "", ""]).encode())
                first = await reader.readline()
                answers[int(first.split()[1]) if first else 0] += 1
                while await reader.read(READ):
                    pass
            finally:
                writer.close()
        await asyncio.sleep(pause)
