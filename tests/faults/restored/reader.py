"""A subscriber as its guide wants it: each event once, the highest number of a story wins, and on from where it was."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from contracts.topics import CONTACT, TOPICS
from tests.faults.checker.reading import raw_topic

Shown = dict[tuple[str, str], tuple[int, dict[str, Any]]]


@dataclass
class Reader:
    """Knows nothing of the restore: what it shows must be right all the same."""

    brokers: str
    latest: Shown = field(default_factory=dict)
    """By topic and key, the number of the last event and its body."""
    _handled: set[str] = field(default_factory=set)
    _next: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))

    def read_on(self) -> Shown:
        """What it shows when it has read to the end."""
        for topic in TOPICS:
            if topic is not CONTACT:
                for message in raw_topic(self.brokers, topic.name):
                    self._hear(message)
        return self.latest

    def _hear(self, message: Any) -> None:
        place = (message.topic(), message.partition())
        if message.offset() < self._next[place]:
            return
        self._next[place] = message.offset() + 1
        head = {name: value.decode() for name, value in message.headers() or []}
        story, number = (message.topic(), message.key().decode()), int(head.get("ce_sequence", 0))
        if message.value() is None:
            self.latest.pop(story, None)
        elif head["ce_id"] not in self._handled:
            self._handled.add(head["ce_id"])
            if number > self.latest.get(story, (0, {}))[0]:
                self.latest[story] = (number, json.loads(message.value()))
