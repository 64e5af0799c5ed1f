"""Rounds of filling and comparing, until only rows differ that are not just being changed; then the swap.

A row is judged only if the live consumer has finished everything that the topics say of it: nothing of its key lies
behind the position that Kafka was told, and nothing of it is parked. The rest is judged in the next round.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from aiokafka import TopicPartition

from chassis.rebuild import store
from chassis.rebuild.filling import Filling
from chassis.rebuild.model import ReadModel
from chassis.rebuild.position import Position
from chassis.rebuild.store import Differing, Table
from chassis.topic_reader import Advance, TopicReader

ROUNDS = 10
BETWEEN_ROUNDS = 0.3
"""Seconds, in which the live consumer goes on."""


@dataclass
class Result:
    """What became of one read model."""

    table: str
    differing: list[Differing] = field(default_factory=list)
    """Rows that differed from the topics."""
    replaced: int = 0
    deleted: int = 0
    changing: set[str] = field(default_factory=set)
    """Rows that were just being changed in every round, and were not judged."""
    aside: set[str] = field(default_factory=set)
    """Rows of stories that are parked: there the live table is behind on purpose."""

    @property
    def left(self) -> int:
        """How many rows still differ."""
        return len(self.differing) - self.replaced - self.deleted

    def as_dict(self) -> dict[str, Any]:
        """For programs: keys, and the names of columns that differ; no values."""
        return asdict(self) | {"changing": sorted(self.changing), "aside": sorted(self.aside), "left": self.left}


class Rebuild:
    """The read models of one service, filled from their topics on a connection of their own."""

    def __init__(
        self, connection: Any, reader: TopicReader, position: Position, models: Sequence[ReadModel], consumer: str
    ) -> None:
        self._connection, self._reader, self._position = connection, reader, position
        self._models, self._consumer = models, consumer
        self._tables: list[Table] = []
        self._fillings: list[Filling] = []
        self._beginnings: dict[TopicPartition, int] = {}
        self._filled: dict[TopicPartition, int] = {}
        self._read: dict[TopicPartition, int] = {}
        self._behind: set[tuple[str, str]] = set()
        """Topic and key of what lies between the live consumer's position and the end."""
        self._began_at: datetime | None = None

    async def prepare(self, since: datetime | None) -> int:
        """Makes the second tables; gives how many records there are to read."""
        self._began_at = await store.database_now(self._connection)
        discarded = await store.discarded(self._connection, self._consumer)
        for model in self._models:
            table = await store.describe(self._connection, model)
            await store.create_beside(self._connection, table)
            self._tables.append(table)
            self._fillings.append(Filling(self._connection, model, discarded))
        self._beginnings = await self._reader.beginnings()
        self._filled = await self._reader.since(since) if since else dict(self._beginnings)
        done = await self._position.now(self._beginnings)
        return sum(max(0, done[place] - self._filled[place]) for place in done)

    @property
    def events(self) -> int:
        """How many events were taken up."""
        return sum(filling.events for filling in self._fillings)

    async def fill(self, advance: Advance) -> None:
        """Takes up what the live consumer has finished since the last time, and looks at what lies behind it."""
        done = await self._position.now(self._beginnings)
        upto = {place: max(done[place], self._filled[place]) for place in done}
        async for place, records in self._reader.read(self._filled, upto, advance=advance):
            for filling in self._fillings:
                if place.topic in filling.topics:
                    await filling.take_up(records)
        self._filled, self._read, self._behind = upto, dict(done), set()
        for table in self._tables:
            await store.analyze_beside(self._connection, table)

    async def _look_behind(self) -> None:
        """Notes the keys that have come up to this moment and that the live consumer may be at."""
        end = await self._reader.ends()
        async for place, records in self._reader.read(self._read, end):
            self._behind |= {(place.topic, record.key.decode("utf-8", "replace")) for record in records if record.key}
        self._read = end

    async def compare(self, advance: Advance, *, whole: bool) -> list[Result]:
        """What differs in each table, in as many rounds as it takes; `whole` says that nothing was left unread."""
        found = await self._round(advance, whole=whole)
        for _ in range(ROUNDS - 1):
            if not any(result.changing for result in found):
                break
            await asyncio.sleep(BETWEEN_ROUNDS)
            again = await self._round(advance, whole=whole)
            for before, now in zip(found, again, strict=True):
                now.changing &= before.changing  # the others were judged in one round at least
            found = again
        return found

    async def _round(self, advance: Advance, *, whole: bool) -> list[Result]:
        await self.fill(advance)
        return [await self._compare(table, whole=whole) for table in self._tables]

    async def _compare(self, table: Table, *, whole: bool, keys: Collection[str] | None = None) -> Result:
        """Judges what differs.

        Only then is the end asked for: whatever changed the live table before it was compared, lies before that end.
        """
        assert self._began_at is not None  # noqa: S101 - `prepare` comes first
        differing = await store.differing(self._connection, table, whole=whole, keys=keys)
        await self._look_behind()
        parked = await store.parked_since(self._connection, self._consumer, self._began_at)
        moving = {key for topic, key in self._behind if topic in table.model.topics}
        aside = {key for topic, key in parked if topic in table.model.topics}
        return Result(
            table.model.table,
            differing=[each for each in differing if each.key not in moving and each.key not in aside],
            changing={each.key for each in differing} & moving - aside,
            aside={each.key for each in differing} & aside,
        )

    async def swap(self, found: Sequence[Result], *, whole: bool, delete_unknown: bool) -> list[Result]:
        """Puts right what differs, each table in a transaction of its own in which nobody else writes it."""
        return [
            await self._swap(table, result, whole=whole, delete_unknown=delete_unknown) if result.differing else result
            for table, result in zip(self._tables, found, strict=True)
        ]

    async def _swap(self, table: Table, found: Result, *, whole: bool, delete_unknown: bool) -> Result:
        async with self._connection.transaction():
            await store.lock(self._connection, table)
            result = await self._compare(table, whole=whole, keys=[each.key for each in found.differing])
            wrong = [each.key for each in result.differing if each.kind != "unknown"]
            unknown = [each.key for each in result.differing if each.kind == "unknown"]
            await store.replace(self._connection, table, wrong)
            if delete_unknown:
                await store.delete(self._connection, table, unknown)
        result.replaced, result.deleted = len(wrong), len(unknown) if delete_unknown else 0
        result.changing |= found.changing
        result.aside |= found.aside
        return result
