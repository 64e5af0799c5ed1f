"""The next rows of a file, read and understood while those before them are being saved."""

import asyncio
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.db import Tx
from services.hr_file.entry import Edge, Entry, Refusal, edge, read_entry
from services.hr_file.header import Header
from services.hr_file.rows import Place, Row, read_rows
from services.profiles.imports import store
from services.profiles.imports.store import Import

CHUNKS = 4
"""The rest of one and the three next: some 1 500 rows share a commit."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, as far as they can be understood without knowing the others; and where the next ones begin."""

    place: Place
    edges: list[Edge]
    """Who stands where and under whom: all that a scan needs."""
    entries: list[tuple[Row, Entry | Refusal]]
    """What each row says; empty during a scan."""


class Reader:
    """Reads one batch ahead. What it holds is forgotten when another place is asked for, so it can only save time."""

    def __init__(self) -> None:
        self._ahead: tuple[tuple[UUID, str, Place], asyncio.Task[Batch]] | None = None

    async def read(self, tx: Tx, current: Import, header: Header) -> Batch:
        """The batch at the import's place, with at least one whole row unless the file ends."""
        batch = await self._take(current)
        chunks = CHUNKS
        while batch is None or (batch.place == current.place and batch.place.offset < current.size):
            batch = await _parsed(await store.read_chunks(tx, current, chunks), current, header)
            chunks *= 2
        if batch.place.offset < current.size:
            await self._begin(tx, replace(current, place=batch.place), header)
        return batch

    async def _begin(self, tx: Tx, coming: Import, header: Header) -> None:
        # The bytes are fetched now, on this connection; only the parsing goes on beside what follows.
        data = await store.read_chunks(tx, coming, CHUNKS)
        self._ahead = _wanted(coming), asyncio.create_task(_parsed(data, coming, header))

    async def _take(self, current: Import) -> Batch | None:
        ahead, self._ahead = self._ahead, None
        if ahead is None or ahead[0] != _wanted(current):
            return None
        return await ahead[1]


def _wanted(current: Import) -> tuple[UUID, str, Place]:
    return current.id, current.state, current.place


async def _parsed(data: bytes, current: Import, header: Header) -> Batch:
    return await asyncio.to_thread(_parse, data, current, header)


def _parse(data: bytes, current: Import, header: Header) -> Batch:
    rows, place = read_rows(data, header, current.place, last=current.place.offset + len(data) >= current.size)
    if current.state == "scanning":
        return Batch(place, [found for row in rows if (found := edge(row, header))], [])
    return Batch(place, [], [(row, read_entry(row, header)) for row in rows])
