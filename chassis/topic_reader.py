"""Reads topics from one place to another, as somebody who belongs to no group and commits nothing."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis import kafka
from chassis.settings import KafkaSettings

Advance = Callable[[int], None]
"""Says that so many more records are read."""
Offsets = Mapping[TopicPartition, int]
POLL_MS = 500
MOST_AT_ONCE = 2_000
"""Records in one piece: what a caller does with it keeps nobody else waiting for long."""


def _nothing(_done: int) -> None:
    pass


class TopicReader:
    """All partitions that these topics have on the broker."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    @property
    def places(self) -> list[TopicPartition]:
        """The partitions, in order."""
        return sorted(self._consumer.assignment())

    async def beginnings(self) -> dict[TopicPartition, int]:
        """Where each partition begins now."""
        return dict(await self._consumer.beginning_offsets(self.places)) if self.places else {}

    async def ends(self) -> dict[TopicPartition, int]:
        """Where each partition ends now."""
        return dict(await self._consumer.end_offsets(self.places)) if self.places else {}

    async def since(self, instant: datetime) -> dict[TopicPartition, int]:
        """Where the first record of that instant or later lies; the end, if there is none."""
        ends = await self.ends()
        wanted = {place: int(instant.timestamp() * 1000) for place in self.places}
        found = await self._consumer.offsets_for_times(wanted)
        return {place: found[place].offset if found.get(place) else ends[place] for place in self.places}

    async def read(
        self, begin: Offsets, end: Offsets, *, advance: Advance = _nothing, first_only: bool = False
    ) -> AsyncIterator[tuple[TopicPartition, Sequence[Any]]]:
        """Every record from `begin` up to, and not with, `end`; in order within a partition, a piece at a time.

        With `first_only` one piece of each partition.
        """
        left = {place for place in self.places if begin[place] < end[place]}
        for place in self.places:
            if place in left:
                self._consumer.seek(place, begin[place])
                self._consumer.resume(place)
            else:
                self._consumer.pause(place)
        while left:
            found = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=MOST_AT_ONCE)
            for place, records in found.items():
                within = [record for record in records if record.offset < end[place]]
                advance(len(within))
                if within:
                    yield place, within
            done = {place for place in left if await self._consumer.position(place) >= end[place]}
            for place in done | ({place for place, records in found.items() if records} if first_only else set()):
                left.discard(place)
                self._consumer.pause(place)


@asynccontextmanager
async def reading(settings: KafkaSettings, topics: Sequence[str]) -> AsyncIterator[TopicReader]:
    """A reader of these topics; raises what Kafka says if one is missing or may not be read."""
    consumer = AIOKafkaConsumer(
        *topics, **kafka.connection(settings), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        yield TopicReader(consumer)
    finally:
        await consumer.stop()
