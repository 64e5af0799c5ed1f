"""A subscriber of its own: reads every topic from the beginning, counts, and says what is new.

It shares nothing with the services but the topics, so its counts can be held against theirs.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import OFFSET_END, Consumer, KafkaException, TopicPartition

from contracts.topics import TOPICS
from deploy.local.logins import client

READ_SECONDS = 0.2
ASK_SECONDS = 5.0


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
    login: Mapping[str, str] | None = None
    """Of an administrator, as in `platform.json`: the groups it asks about are those of others."""
    counts: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0

    def __post_init__(self) -> None:
        self._partitions = [(topic.name, number) for topic in TOPICS for number in range(topic.partitions)]
        self._consumer = self._client("demo-observer", {"fetch.wait.max.ms": 20})
        self._consumer.assign([TopicPartition(topic, number, 0) for topic, number in self._partitions])
        self._read: dict[tuple[str, int], int] = dict.fromkeys(self._partitions, 0)
        self._ids: set[str] = set()
        # Questions have clients of their own: on the reader's connection they would wait behind its fetches. None of
        # them subscribes, so none becomes a member of the group that it asks about.
        self._asker = self._client("demo-asker")
        self._groups: dict[str, Consumer] = {}

    def _client(self, group: str, more: dict[str, Any] | None = None) -> Consumer:
        common = {"group.id": group, "enable.auto.commit": False}
        return Consumer(client(self.brokers, self.login) | common | (more or {}))

    # librdkafka's AdminClient answers these questions, too, but crashes the process when a broker dies meanwhile.

    def ends(self) -> dict[tuple[str, int], int]:
        """Where each partition ends now; raises KafkaException while Kafka is away."""
        asked = [TopicPartition(topic, number, OFFSET_END) for topic, number in self._partitions]
        answers = self._asker.offsets_for_times(asked, timeout=ASK_SECONDS)
        for place in answers:
            if place.error:
                raise KafkaException(place.error)
        return {(place.topic, place.partition): place.offset for place in answers}

    def lag(self, groups: dict[str, list[str]], ends: dict[tuple[str, int], int]) -> int:
        """Records that these consumer groups (with their topics) have not finished yet."""
        waiting = 0
        for group, topics in groups.items():
            if group not in self._groups:
                self._groups[group] = self._client(group)
            asked = [TopicPartition(topic, number) for topic, number in self._partitions if topic in topics]
            done = {
                (each.topic, each.partition): each.offset
                for each in self._groups[group].committed(asked, timeout=ASK_SECONDS)
            }
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
        for each in (self._consumer, self._asker, *self._groups.values()):
            each.close()
