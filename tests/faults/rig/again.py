"""Puts what is on a topic there once more: the same records, in whatever order, as an old backup would."""

import random
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from tests.faults.checker.reading import read_ends

FLUSHED_WITHIN = 60.0


def feed(brokers: str, messages: Sequence[Any]) -> None:
    """Writes these records again, key, value and headers as they are."""
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 5})
    for message in messages:
        producer.produce(
            message.topic(), message.value(), message.key(), headers=message.headers(), partition=message.partition()
        )
        producer.poll(0)
    left = producer.flush(FLUSHED_WITHIN)
    assert left == 0, f"{left} records could not be written again"


def shuffled(messages: Sequence[Any], times: int = 2) -> list[Any]:
    """All of them that many times, in random order."""
    return random.sample([*messages] * times, len(messages) * times)


def begin_at_the_end(brokers: str, group: str, topic: str) -> dict[int, int]:
    """Lets a group that has never listened begin behind what is there now; gives where that is."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": group, "enable.auto.commit": False})
    try:
        ends = read_ends(brokers, topic)
        places = [TopicPartition(topic, number, end) for number, end in ends.items()]
        consumer.commit(offsets=places, asynchronous=False)
        return ends
    finally:
        consumer.close()
