"""A subscriber of its own: reads every topic from the beginning, counts, and says what is new.

It shares nothing with the services but the topics, so its counts can be held against theirs.
"""

import json
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from contracts.topics import TOPICS

READ_SECONDS = 0.2
ASK_SECONDS = 5.0
RETIRED = 8
"""Clients that are kept after their last question."""


@dataclass(frozen=True)
class Seen:
    """One event, as a stranger sees it."""

    type: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def name(self) -> str:
        """`match-proposed` for mentoring.match-proposed.v1."""
        return self.type.split(".")[1]


@dataclass
class Observer:
    """Reads along. `counts` are of distinct event ids."""

    brokers: str
    counts: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0

    def __post_init__(self) -> None:
        self._retired: deque[AdminClient] = deque(maxlen=RETIRED)
        self._begin_asking()
        self._partitions = [(topic.name, number) for topic in TOPICS for number in range(topic.partitions)]
        self._consumer = Consumer(
            {
                "bootstrap.servers": self.brokers,
                "group.id": "demo-observer",
                "enable.auto.commit": False,
                "log_level": 0,
                "fetch.wait.max.ms": 20,
            }
        )
        self._consumer.assign([TopicPartition(topic, number, 0) for topic, number in self._partitions])
        self._read: dict[tuple[str, int], int] = dict.fromkeys(self._partitions, 0)
        self._ids: set[str] = set()

    def ask_anew(self) -> None:
        """A new client for questions: after a broker's sudden end the old one may name a lost leader for ever.

        The old one is kept until its questions have ended, and some more: librdkafka crashes the process when a
        client goes whose questions are still open.
        """
        if time.monotonic() - self._asking_since > 2 * ASK_SECONDS:
            self._retired.append(self._admin)
            self._begin_asking()

    def _begin_asking(self) -> None:
        self._admin = AdminClient({"bootstrap.servers": self.brokers, "log_level": 0})
        self._asking_since = time.monotonic()

    def ends(self) -> dict[tuple[str, int], int]:
        """Where each partition ends now; raises KafkaException or OSError while Kafka is away."""
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        asked = {TopicPartition(topic, number): latest for topic, number in self._partitions}
        answers = self._admin.list_offsets(asked, request_timeout=ASK_SECONDS)
        return {(place.topic, place.partition): future.result(ASK_SECONDS).offset for place, future in answers.items()}

    def lag(self, groups: dict[str, list[str]], ends: dict[tuple[str, int], int]) -> int:
        """Records that these consumer groups (with their topics) have not finished yet."""
        waiting = 0
        for group, topics in groups.items():
            (future,) = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]).values()
            done = {(each.topic, each.partition): each.offset for each in future.result(ASK_SECONDS).topic_partitions}
            waiting += sum(end - max(0, done.get(place, 0)) for place, end in ends.items() if place[0] in topics)
        return waiting

    def read_to(self, ends: dict[tuple[str, int], int]) -> list[Seen]:
        """Everything new up to these ends, each partition in its order; an event seen before is only counted."""
        new = []
        while any(self._read[place] < end for place, end in ends.items()):
            message: Any = self._consumer.poll(READ_SECONDS)
            if message is None or message.error():  # the broker is away: the client comes back by itself
                continue
            self._read[message.topic(), message.partition()] = message.offset() + 1
            seen = self._take(message)
            if seen:
                new.append(seen)
        return new

    def _take(self, message: Any) -> Seen | None:
        headers = {name: value.decode() for name, value in message.headers() or []}
        if headers["ce_id"] in self._ids:
            self.duplicates += 1
            return None
        self._ids.add(headers["ce_id"])
        seen = Seen(headers["ce_type"], json.loads(message.value()), headers)
        self.counts[seen.name] += 1
        return seen

    def close(self) -> None:
        """Leaves."""
        self._consumer.close()
