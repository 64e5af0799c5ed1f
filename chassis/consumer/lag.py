"""How far a consumer is behind, in records and in seconds, for whoever watches the numbers."""

import time
from collections.abc import Collection, Sequence
from typing import Any

from chassis import metrics

Place = tuple[str, int]
"""Topic and partition, as aiokafka's TopicPartition."""


class InHand:
    """The batch that is being worked on: Kafka's client counts it as read, and nothing of it is done yet."""

    def __init__(self) -> None:
        self._oldest: dict[Place, float] = {}
        self._count: dict[Place, int] = {}
        self._done: dict[Place, float] = {}

    def take(self, records: Sequence[Any]) -> None:
        """Begins with a batch."""
        self._oldest, self._count = {}, {}
        for record in records:
            place = record.topic, record.partition
            self._oldest.setdefault(place, record.timestamp / 1000)
            self._count[place] = self._count.get(place, 0) + 1

    def give_back(self) -> None:
        """It will be read once more, so it counts as unread; its age is still known."""
        self._count = {}

    def finish(self, records: Sequence[Any]) -> None:
        """All of it is done."""
        self._done |= {(record.topic, record.partition): record.timestamp / 1000 for record in records}
        self._oldest, self._count = {}, {}

    def count(self, place: Place) -> int:
        """How many records of a partition are in hand."""
        return self._count.get(place, 0)

    def oldest(self, place: Place, *, well_at: float) -> float:
        """When the oldest record that is not done was written; the earliest that it can be, if nobody has read it.

        It was written after the last one that is done, and after the partition was last seen with nothing to do.
        """
        return self._oldest.get(place) or max(self._done.get(place, 0.0), well_at)


class Lag:
    """Shows how far behind the partitions are that are ours, and no others."""

    def __init__(self, in_hand: InHand) -> None:
        self._in_hand = in_hand
        self._well_at: dict[Place, float] = {}

    def show(self, place: Place, unread: int) -> None:
        """Says how many records are not handled, and for how long the oldest has waited."""
        now = time.time()
        behind = unread + self._in_hand.count(place)
        if not behind:
            self._well_at[place] = now
        since = self._in_hand.oldest(place, well_at=self._well_at.setdefault(place, now)) if behind else now
        metrics.CONSUMER_LAG.labels(*place).set(behind)
        metrics.CONSUMER_LAG_SECONDS.labels(*place).set(max(0.0, now - since))

    def forget_all_but(self, assigned: Collection[Place]) -> None:
        """Takes away the numbers of partitions that another member has now: here they would stand still for ever."""
        for place in self._well_at.keys() - set(assigned):
            del self._well_at[place]
            for gauge in (metrics.CONSUMER_LAG, metrics.CONSUMER_LAG_SECONDS):
                gauge.remove(*place)
