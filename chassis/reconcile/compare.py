"""One topic held against the database that told on it, while both go on.

The database is read first, in one snapshot: what it says was told and has left the outbox was acknowledged by Kafka
before, so it lies before the end that is asked for afterwards. What is told meanwhile is not judged.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import TopicPartition

from chassis.reconcile import store
from chassis.reconcile.books import Books, Kept
from chassis.reconcile.numbers import Range, without_all
from chassis.reconcile.outcome import MOST_NAMED, Difference, Outcome
from chassis.settings import KafkaSettings
from chassis.topic_reader import Advance, Offsets, TopicReader, reading
from contracts.topics import Topic

MARGIN = timedelta(hours=1)
"""Clocks of database and broker may differ; what is so near to its end is not asked for."""
LOOK_AGAIN_AFTER = 2.0
"""Seconds. Where a partition has just changed its leader, the end may be told late: a difference is looked at twice."""


Bars = Callable[[str, int], AbstractContextManager[Advance]]
"""Opens a bar for so many records."""


def no_bar(_what: str, _total: int) -> AbstractContextManager[Advance]:
    """For whoever has no terminal."""
    return nullcontext(lambda _done: None)


class Comparison:
    """One topic, one connection to the database of its teller."""

    def __init__(self, topic: Topic, connection: Any, reader: TopicReader) -> None:
        self._topic, self._connection, self._reader = topic, connection, reader
        self._books = Books()
        self._excused: dict[bytes, list[int]] = {}
        self._next: dict[TopicPartition, int] = {}
        self._holes: set[TopicPartition] = set()
        """Partitions that do not begin at 0, or of which something was compacted away."""
        self.outcome = Outcome(topic.name)

    async def run(self, bar: Bars) -> Outcome:
        """Compares, and looks again a moment later at what does not agree."""
        begin = await self._reader.beginnings()
        self._next = dict(begin)
        self._holes = {place for place, offset in begin.items() if offset}
        await self._open_books()
        end = await self._reader.ends()
        with bar(self._topic.name, sum(end.values()) - sum(begin.values())) as advance:
            await self._read(begin, end, advance)
        found = await self._judge()
        if found:
            await asyncio.sleep(LOOK_AGAIN_AFTER)
            await self._read(end, await self._reader.ends(), lambda _done: None)
            found = await self._judge()
        self._sum_up(found)
        return self.outcome

    async def _open_books(self) -> None:
        now = datetime.now(UTC)
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            async for story in store.stories(self._connection, self._topic.name):
                self._books.add(story.key, story.told, self._kept(story, now))
            async for key, number in store.waiting(self._connection, self._topic.name):
                self._excused.setdefault(key, []).append(number)
                self.outcome.waiting += 1
            async for key, number in store.set_aside(self._connection, self._topic.name):
                self._excused.setdefault(key, []).append(number)
                self.outcome.set_aside += 1
        self._books.close()

    def _kept(self, story: store.Story, now: datetime) -> Kept:
        if self._topic.retention_days is None or (story.begun_at is None and not self._holes):
            return Kept.WHOLE
        oldest = now - timedelta(days=self._topic.retention_days) + MARGIN
        if story.begun_at and story.begun_at > oldest:
            return Kept.WHOLE
        return Kept.END if story.told_at and story.told_at > oldest else Kept.NOTHING

    async def _read(self, begin: Offsets, end: Offsets, advance: Advance) -> None:
        async for place, records in self._reader.read(begin, end, advance=advance):
            for record in records:
                self._see(place, record)
            self.outcome.records += len(records)
            await asyncio.sleep(0)  # a service that compares itself goes on serving

    def _see(self, place: TopicPartition, record: Any) -> None:
        if record.offset != self._next[place]:
            self._holes.add(place)
        self._next[place] = record.offset + 1
        number = _number(record)
        if record.value is None and record.key is not None:
            self._books.forget(record.key)
        elif number is None or record.key is None:
            self.outcome.foreign += 1
        else:
            self._books.see(record.key, number, all_before=not self._topic.compacted or place not in self._holes)

    async def _judge(self) -> list[Difference]:
        """Every story that does not agree, with its key, from another look at the database."""
        lost: dict[bytes, list[Range]] = {key: list(ranges) for key, ranges in self._books.gaps.items()}
        told: dict[bytes, int] = {}
        if lost or self._books.unfinished():
            async with self._connection.transaction(isolation="repeatable_read", readonly=True):
                async for story in store.stories(self._connection, self._topic.name):
                    if tail := list(self._books.end_missing(story.key, all_there=self._all_there)):
                        lost.setdefault(story.key, []).extend(tail)
                    if story.key in lost:
                        told[story.key] = story.told
        missing = (
            Difference(self._topic.name, _text(key), told.get(key, 0), left)
            for key, ranges in lost.items()
            if (left := without_all(ranges, self._excused.get(key, ()))) and key not in self._books.forgotten
        )
        return [*missing, *await self._never_told(self._books.ahead)]

    @property
    def _all_there(self) -> bool:
        return not (self._topic.compacted and self._holes)

    async def _never_told(self, ahead: Mapping[bytes, int]) -> list[Difference]:
        """Numbers that are on the topic and were not committed by now either."""
        told: dict[bytes, int] = {}
        for keys in _pieces(sorted(ahead), 5_000):
            told |= await store.told_by_now(self._connection, self._topic.name, keys)
        return [
            Difference(self._topic.name, _text(key), told.get(key, 0), never_told=number)
            for key, number in ahead.items()
            if number > told.get(key, 0)
        ]

    def _sum_up(self, found: Collection[Difference]) -> None:
        self.outcome.stories = len(self._books)
        self.outcome.expired = self._books.expired()
        self.outcome.forgotten = len(self._books.forgotten)
        self.outcome.repeated = self._books.repeated
        self.outcome.differences = len(found)
        self.outcome.named = sorted(found, key=lambda each: each.key)[:MOST_NAMED]


async def compare(topics: Sequence[Topic], settings: KafkaSettings, connection: Any, bar: Bars) -> list[Outcome]:
    """Each of these topics, one after the other: what is kept in memory is one topic's stories."""
    outcomes = []
    for topic in topics:
        async with reading(settings, [topic.name]) as reader:
            outcomes.append(await Comparison(topic, connection, reader).run(bar))
    return outcomes


def _number(record: Any) -> int | None:
    for name, value in record.headers:
        if name == "ce_sequence":
            return int(value) if value and value.isdigit() and len(value) <= 18 else None  # noqa: PLR2004 - a bigint
    return None


def _pieces(keys: Sequence[bytes], size: int) -> list[Sequence[bytes]]:
    return [keys[start : start + size] for start in range(0, len(keys), size)]


def _text(key: bytes) -> str:
    return key.decode("utf-8", "backslashreplace")
