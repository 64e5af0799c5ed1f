"""Reads the facts: topics with confluent_kafka, tables with asyncpg."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import asyncpg
from confluent_kafka import Consumer, KafkaException, TopicPartition

from tests.faults.checker.facts import Change, Effect, Facts, Record, Told

PATIENCE = 60.0


def read_topic(brokers: str, topic: str) -> list[Record]:
    """Every record that is on the topic now, read by a stranger."""
    return [_record(message) for message in raw_topic(brokers, topic)]


def raw_topic(brokers: str, topic: str, login: Mapping[str, str] | None = None) -> list[Any]:
    """The same, as the client library gives it; the `login` in the words of that library, where Kafka wants one."""
    stranger = {"bootstrap.servers": brokers, "group.id": "stranger", "enable.auto.commit": False}
    consumer = Consumer(stranger | dict(login or {}))
    try:
        partitions = consumer.list_topics(topic, timeout=PATIENCE).topics[topic].partitions
        places = [TopicPartition(topic, number, 0) for number in partitions]
        ends = {place.partition: consumer.get_watermark_offsets(place, timeout=PATIENCE) for place in places}
        left = {number: high for number, (low, high) in ends.items() if high > low}
        consumer.assign(places)
        return _until(consumer, left)
    finally:
        consumer.close()


def _until(consumer: Consumer, left: dict[int, int]) -> list[Any]:
    """Reads each partition up to the end that it had."""
    messages = []
    give_up = time.monotonic() + PATIENCE
    while left:
        for message in consumer.consume(1000, timeout=1.0):
            if message.error():
                raise KafkaException(message.error())
            messages.append(message)
            partition, offset = message.partition(), message.offset()
            assert partition is not None
            assert offset is not None
            if offset + 1 >= left.get(partition, 0):
                left.pop(partition, None)
        if time.monotonic() > give_up:
            raise TimeoutError(f"the topic could not be read to its end: {left}")
    return messages


def _record(message: Any) -> Record:
    headers = {name: value.decode("utf-8", "replace") for name, value in message.headers() or ()}
    key = message.key()
    return Record(
        id=headers.get("ce_id", ""),
        key=key.decode("utf-8", "replace") if key else "",
        sequence=int(headers.get("ce_sequence", "0")),
        body=_body(message.value()),
        partition=message.partition(),
        offset=message.offset(),
    )


def _body(value: bytes | None) -> dict[str, Any]:
    try:
        read = json.loads(value or b"{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def read_ends(brokers: str, topic: str) -> dict[int, int]:
    """Where each partition ends now."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "stranger", "enable.auto.commit": False})
    try:
        partitions = consumer.list_topics(topic, timeout=PATIENCE).topics[topic].partitions
        places = {number: TopicPartition(topic, number) for number in partitions}
        return {number: consumer.get_watermark_offsets(place, timeout=PATIENCE)[1] for number, place in places.items()}
    finally:
        consumer.close()


def read_offsets(brokers: str, group: str, topic: str) -> dict[int, int]:
    """Up to where this group has said that it is done, by partition."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": group, "enable.auto.commit": False})
    try:
        partitions = consumer.list_topics(topic, timeout=PATIENCE).topics[topic].partitions
        found = consumer.committed([TopicPartition(topic, number) for number in partitions], timeout=PATIENCE)
        return {place.partition: max(0, place.offset) for place in found}
    finally:
        consumer.close()


async def read_tables(dsn: str, *, teller: str, hearer: str, books: str, notes: str) -> Facts:
    """What the audit tables and the hearer's tables say, read by the administrator in one snapshot."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return Facts(
                changes=[Change(*row) for row in await connection.fetch(_CHANGES)],
                told=await _told(connection, books),
                noted_told=await _told(connection, notes),
                effects=[Effect(*row) for row in await connection.fetch(_EFFECTS.format(hearer))],
                balances={
                    key: (number, sum_) for key, number, sum_ in await connection.fetch(_BALANCES.format(hearer))
                },
                regressions=[tuple(row) for row in await connection.fetch(_REGRESSIONS)],
                parked=await _parked(connection, hearer),
                parked_in=await connection.fetchval(_PARKED_IN, hearer),
                relay_parked=set((await _parked(connection, teller)).get("parked", ())),
            )
    finally:
        await connection.close()


_CHANGES = "SELECT account_id, version, balance, request FROM audit.changes ORDER BY account_id, version"
_TOLD = "SELECT event_id::text, key, sequence FROM audit.told WHERE topic = $1 ORDER BY place"
_EFFECTS = "SELECT event_id::text, account_id, sequence FROM {}.effects ORDER BY place"
_BALANCES = "SELECT account_id, sequence, balance FROM {}.balances"
_REGRESSIONS = "SELECT account_id, was, became FROM audit.regressions"
_PARKED = "SELECT coalesce(event_id::text, 'row ' || id), state FROM {}.parked ORDER BY id"
_PARKED_IN = "SELECT count(*) FROM audit.parkings WHERE service = $1"


async def _told(connection: asyncpg.Connection, topic: str) -> list[Told]:
    return [Told(*row) for row in await connection.fetch(_TOLD, topic)]


async def _parked(connection: asyncpg.Connection, schema: str) -> dict[str, list[str]]:
    states: dict[str, list[str]] = defaultdict(list)
    for event_id, state in await connection.fetch(_PARKED.format(schema)):
        states[state].append(event_id)
    return dict(states)
