"""How far consumer groups are behind, in records and in seconds, from Kafka alone."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code

from chassis import kafka
from chassis.settings import KafkaSettings
from chassis.topic_reader import TopicReader, reading


@dataclass(frozen=True)
class Lag:
    """One partition of one group."""

    group: str
    topic: str
    partition: int
    position: int
    """Up to where the group has said that it is done."""
    end: int
    behind: int
    """Records between the two; on a compacted topic some of them may be there no more."""
    seconds: float
    """How long ago the first record that is not done was told; 0 if there is none."""


@dataclass(frozen=True)
class Group:
    """A group and who is in it."""

    name: str
    state: str
    """Kafka's word: Stable, Empty (nobody listens), PreparingRebalance, Dead …"""
    members: int
    partitions: Sequence[Lag]


async def lag_of(settings: KafkaSettings, group: str, topics: Sequence[str]) -> Group:
    """One group on these topics; with the rights to read them and to ask about the group."""
    async with _admin(settings) as admin, reading(settings, topics) as reader:
        return await _look(admin, reader, group, topics)


async def lag_of_all(settings: KafkaSettings, topics: Sequence[str]) -> list[Group]:
    """Every group that has read one of these topics, as far as this user may ask; the services' own are among them."""
    async with _admin(settings) as admin, reading(settings, topics) as reader:
        names = sorted(name for name, kind, *_ in await admin.list_consumer_groups() if kind in {"consumer", ""})
        groups = []
        for name in names:
            heard = sorted({place.topic for place in await admin.list_consumer_group_offsets(name)} & set(topics))
            if heard:
                groups.append(await _look(admin, reader, name, heard))
        return groups


async def _look(admin: AIOKafkaAdminClient, reader: TopicReader, group: str, topics: Sequence[str]) -> Group:
    state, members = await _who(admin, group)
    said = await admin.list_consumer_group_offsets(group)
    ends, beginnings = await reader.ends(), await reader.beginnings()
    places = [place for place in reader.places if place.topic in topics]
    # A group that has said nothing of a partition begins at its beginning: so do all of ours.
    positions = {place: max(said[place].offset if place in said else 0, beginnings[place]) for place in places}
    waiting = await _first_waiting(reader, positions, ends)
    return Group(
        group,
        state,
        members,
        [
            Lag(
                group,
                place.topic,
                place.partition,
                positions[place],
                ends[place],
                max(0, ends[place] - positions[place]),
                waiting.get(place, 0.0),
            )
            for place in places
        ],
    )


async def _who(admin: AIOKafkaAdminClient, group: str) -> tuple[str, int]:
    (answer,) = await admin.describe_consumer_groups([group])
    code, _, state, _, _, members, *_ = answer.groups[0]
    if code:
        raise for_code(code)(f"group {group}")
    return state, len(members)


async def _first_waiting(
    reader: TopicReader, positions: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> dict[TopicPartition, float]:
    """How many seconds ago the first record that is not done was told, by partition."""
    now, found = time.time(), {}
    begin = {place: positions.get(place, ends[place]) for place in ends}
    async for place, records in reader.read(begin, ends, first_only=True):
        found[place] = max(0.0, now - records[0].timestamp / 1000)
    return found


@asynccontextmanager
async def _admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


def as_dict(group: Group) -> dict[str, Any]:
    """For programs."""
    return {
        "group": group.name,
        "state": group.state,
        "members": group.members,
        "behind": sum(lag.behind for lag in group.partitions),
        "seconds": max((lag.seconds for lag in group.partitions), default=0.0),
        "partitions": [vars(lag) for lag in group.partitions],
    }
