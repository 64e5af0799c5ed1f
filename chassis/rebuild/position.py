"""How far the live consumer of a service is, from Kafka."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chassis import kafka
from chassis.settings import KafkaSettings
from chassis.topic_reader import Offsets


class Position:
    """Up to where a group has said that it is done."""

    def __init__(self, admin: AIOKafkaAdminClient, group: str) -> None:
        self._admin = admin
        self._group = group

    async def now(self, beginnings: Offsets) -> dict[TopicPartition, int]:
        """By partition; its beginning where the group has said nothing yet."""
        found = await self._admin.list_consumer_group_offsets(self._group)
        said = {place: found[place].offset for place in beginnings if place in found}
        return {place: max(offset, said.get(place, 0)) for place, offset in beginnings.items()}


@asynccontextmanager
async def position_of(settings: KafkaSettings, group: str) -> AsyncIterator[Position]:
    """Asks about this group."""
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    try:
        await admin.start()
        yield Position(admin, group)
    finally:
        await admin.close()
