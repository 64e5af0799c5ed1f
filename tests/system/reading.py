"""Reading a topic as a stranger does."""

import json
from typing import Any

from aiokafka import AIOKafkaConsumer


async def bodies_of(brokers: str, topic: str, key: str) -> list[dict[str, Any]]:
    """What the topic holds of one story, in its order."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=brokers.split(","), auto_offset_reset="earliest")
    await consumer.start()
    ends = await consumer.end_offsets(consumer.assignment())
    found = []
    while any([await consumer.position(place) < end for place, end in ends.items()]):
        for records in (await consumer.getmany(timeout_ms=200)).values():
            found += [json.loads(record.value) for record in records if record.key.decode() == key]
    await consumer.stop()
    return found
