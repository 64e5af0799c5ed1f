"""A proxy in front of a real broker that changes the error in some of its answers.

The broker has done what it was asked; the client is told otherwise. For Heartbeat, OffsetCommit and OffsetFetch, as
aiokafka speaks them, the error is the last two bytes of the answer.
"""

import asyncio
import contextlib
import struct
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults.servers.mock_kafka import Answer, Api
from tests.faults.servers.proxy import Direction, Ends, Proxy, a_proxy

NEWEST_PLAIN = {Api.HEARTBEAT: 3, Api.OFFSET_COMMIT: 7, Api.OFFSET_FETCH: 5}
"""Up to this version an answer ends with its error."""


@dataclass
class Liar(Proxy):
    """Tells `lies` instead of what the broker answered, each so often."""

    lies: dict[tuple[Api, Answer], int] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)

    def lie(self, api: Api, error: Answer, times: int = 1) -> None:
        """The next answers of this kind carry this error."""
        self.lies[api, error] = self.lies.get((api, error), 0) + times

    @property
    def lies_left(self) -> int:
        return sum(self.lies.values())

    def _ways(self, client: Ends, server: Ends) -> tuple[Coroutine[Any, Any, None], ...]:
        asked: dict[int, tuple[int, int]] = {}
        return self._requests(client[0], server[1], asked), self._answers(server[0], client[1], asked)

    async def _requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: dict[int, tuple[int, int]]
    ) -> None:
        async for frame in frames(reader):
            api, version, number = struct.unpack_from(">hhi", frame)
            asked[number] = api, version
            await self._hand_on(writer, frame, "to the server")

    async def _answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: dict[int, tuple[int, int]]
    ) -> None:
        async for frame in frames(reader):
            (number,) = struct.unpack_from(">i", frame)
            await self._hand_on(writer, self._changed(frame, *asked.pop(number, (-1, -1))), "to the client")

    def _changed(self, frame: bytes, api: int, version: int) -> bytes:
        for (lied, error), left in self.lies.items():
            if lied == api and left:
                assert version <= NEWEST_PLAIN[lied], f"{lied.name} version {version} does not end with its error"
                self.lies[lied, error] -= 1
                self.told[f"{lied.name} answered with {error.name}"] += 1
                return frame[:-2] + struct.pack(">h", error)
        return frame

    async def _hand_on(self, writer: asyncio.StreamWriter, frame: bytes, way: Direction) -> None:
        if way in self.swallowed:
            self.bytes_swallowed += len(frame)
            return
        writer.write(struct.pack(">i", len(frame)) + frame)
        await writer.drain()


async def frames(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Kafka's messages: a length, then as many bytes."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            (length,) = struct.unpack(">i", await reader.readexactly(4))
            yield await reader.readexactly(length)


@contextlib.contextmanager
def a_liar() -> Iterator[Liar]:
    """A liar whose broker is named later (`liar.target`): the broker must know the liar's port first."""
    with a_proxy(("127.0.0.1", 0), kind=Liar) as liar:
        assert isinstance(liar, Liar)
        yield liar
