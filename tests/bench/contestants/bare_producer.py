"""The least that a relay could cost: the same records from memory through the same producer, no database at all."""

import asyncio
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from chassis.envelope import Context, new_id, seal
from tests.bench.contestants.place import BATCH, Place


class BareProducer:
    def __init__(self, place: Place) -> None:
        self._place = place

    async def open(self) -> None:
        """Nothing to open."""

    async def carry(self) -> None:
        place, instant, context = self._place, datetime.now(UTC), Context.fresh()
        records = []
        for _ in range(place.count):
            event = place.event.model_copy(update={"match_id": new_id()})
            sealed = seal(event, source="bench", sequence=1, now=instant, context=context)
            headers = [(name, value.encode()) for name, value in sealed.headers.items()]
            records.append((sealed.key.encode(), sealed.body.encode(), headers))
        producer = AIOKafkaProducer(
            bootstrap_servers=place.brokers, enable_idempotence=True, acks="all", max_batch_size=128 * 1024
        )
        async with producer:
            for start in range(0, len(records), BATCH):
                batch = records[start : start + BATCH]
                await asyncio.gather(
                    *[await producer.send(place.topic, value, key, headers=headers) for key, value, headers in batch]
                )
        await asyncio.Event().wait()
