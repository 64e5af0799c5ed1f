"""Outbox rows on their way to one partition: packed into record batches, one after the other, in order.

A record batch has one acknowledgement for all its events, where `send` costs a future for each. The next batch
of a partition leaves when the one before has arrived, so nothing overtakes, whatever becomes of either.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder
from pydantic_core import from_json

_choose = DefaultPartitioner()


@dataclass(frozen=True, slots=True)
class Shipped:
    """A record batch that left, and what went wrong with it; without an error every broker that must have it has it."""

    rows: Sequence[asyncpg.Record]
    error: KafkaError | None = None
    place: tuple[str, int] | None = None
    """Topic and partition, where the broker said at which offset the batch lies."""
    next_offset: int = 0
    """The offset behind it."""

    @property
    def too_large(self) -> bool:
        """The broker will never take it. The producer that sent it is of no use any more: its numbers have a gap."""
        return isinstance(self.error, (MessageSizeTooLargeError, RecordListTooLargeError))


@dataclass
class Lane:
    """What waits for one partition, oldest first."""

    topic: str
    partition: int
    rows: deque[asyncpg.Record] = field(default_factory=deque)

    async def ship(self, producer: AIOKafkaProducer, *, one_by_one: bool = False) -> Shipped:
        """Sends the next record batch, or the next event alone, and waits for its end."""
        batch, rows = self._pack(producer, 1 if one_by_one else len(self.rows))
        try:
            lies = await (await producer.send_batch(batch, self.topic, partition=self.partition))
        except KafkaError as error:
            return Shipped(rows, error)
        for _ in rows:
            self.rows.popleft()
        # Of a batch that it has taken before, the broker may not know any more where it lies.
        place = (self.topic, self.partition) if lies.offset >= 0 else None
        return Shipped(rows, place=place, next_offset=lies.offset + len(rows))

    def _pack(self, producer: AIOKafkaProducer, most: int) -> tuple[BatchBuilder, list[asyncpg.Record]]:
        batch = producer.create_batch()
        packed = list(takewhile(lambda row: _append(batch, row), islice(self.rows, most)))
        batch.close()
        return batch, packed


def _append(batch: BatchBuilder, row: asyncpg.Record) -> bool:
    """False when the batch is full. The first event always fits: the broker judges its size."""
    taken = batch.append(
        timestamp=int(row["written_at"].timestamp() * 1000),
        key=row["key"].encode(),
        value=row["body"].encode(),
        headers=[(name, value.encode()) for name, value in from_json(row["headers"]).items()],
    )
    return taken is not None


async def lanes_of(producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> list[Lane]:
    """Sorts the rows by the partition that their key belongs to, as every Kafka client would choose it."""
    partitions = {topic: sorted(await producer.partitions_for(topic)) for topic in {row["topic"] for row in rows}}
    lanes: dict[tuple[str, int], Lane] = {}
    for row in rows:
        topic = row["topic"]
        partition = _choose(row["key"].encode(), partitions[topic], partitions[topic])
        lanes.setdefault((topic, partition), Lane(topic, partition)).rows.append(row)
    return list(lanes.values())
