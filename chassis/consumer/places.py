"""How far this service has heard each partition, by its own database, and the way back there.

Kafka keeps the group's offsets, but a database that was restored has not seen what lies between. So the position
is kept in the transaction of the effects too, and a partition that is taken over is read from the earlier of both.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition

from chassis import positions
from chassis.db import Database, Tx
from chassis.positions import Place

log = structlog.get_logger()

NOTE_EVERY = 5.0
"""Seconds. What was passed over since is read again after a restart, for nothing but a moment's time."""


class WentBack(Exception):
    """The database knows less than it did a moment ago: what it has forgotten must be heard again."""


class Places:
    """What one consumer knows of its partitions."""

    def __init__(self) -> None:
        self._known: dict[Place, int] = {}
        self._noted = 0.0
        self.went_back = False
        """Partitions must be taken over anew, from where the database is now."""

    def begin(self, known: Mapping[Place, int]) -> None:
        """These were taken over, with these positions in the database."""
        self._known = dict(known)

    async def move(self, tx: Tx, records: Sequence[Any]) -> dict[Place, int]:
        """Moves on behind these records, with the commit; gives where that is, for `moved`."""
        ends = {(each.topic, each.partition): each.offset + 1 for each in records}
        before = await positions.move_heard(tx, ends)
        if any(before.get(place, 0) < self._known.get(place, 0) for place in ends):
            self.went_back = True
            raise WentBack("the database knows less of the topics than a moment ago")
        return ends

    async def pass_over(self, database: Database, records: Sequence[Any]) -> None:
        """Moves on behind records that nobody here hears, now and then: they need not be read again either."""
        if time.monotonic() - self._noted >= NOTE_EVERY:
            self._noted = time.monotonic()
            self.moved(await database.run(lambda tx: self.move(tx, records), repeatable=True))

    def moved(self, ends: Mapping[Place, int]) -> None:
        """It was committed."""
        for place, end in ends.items():
            self._known[place] = max(end, self._known.get(place, 0))


class Rewinding(ConsumerRebalanceListener):  # type: ignore[misc]
    """Lets a partition that was just given to us begin where our database is, if Kafka is further on."""

    def __init__(self, database: Database, places: Places) -> None:
        self._database = database
        self._places = places
        self._ready: set[TopicPartition] = set()
        self.subscriber: Any = None
        """Whose consumer it is; the consumer itself is another one after each restart."""

    async def on_partitions_revoked(self, _revoked: Any) -> None:
        """Nothing of them is taken until they are given to us again."""
        self._ready.clear()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        """Aligns them. aiokafka goes on whatever happens here; without this nothing is read, so we begin anew."""
        try:
            known = await self._database.run(lambda tx: positions.read(tx, "heard"), repeatable=True)
            new = await self._database.run(positions.heard_nothing_yet, read_only=True)
            ends = await self.subscriber.consumer.end_offsets(assigned) if assigned else {}
            begin = {
                place: await self._align(place, known.get(place, 0 if new else None), ends[place]) for place in assigned
            }
            # Also where nothing was heard yet: after a restore, what is missing would look like what never was.
            await self._database.run(lambda tx: positions.put(tx, "heard", begin), repeatable=True)
        except Exception as error:  # noqa: BLE001 - see above
            log.warning("consumer.not_aligned", error=type(error).__name__)
            self._places.went_back = True
            return
        self._places.begin(begin)
        self._ready = set(assigned)

    async def _align(self, place: TopicPartition, known: int | None, end: int) -> int:
        """Where this partition begins: where the database is. If that says nothing, or of another topic, Kafka does."""
        committed = await self.subscriber.consumer.committed(place)
        if known is None or known > end:
            return int(committed or 0)
        if committed is not None and known < committed:
            log.warning(
                "consumer.rewound", topic=place.topic, partition=place.partition, position=known, committed=committed
            )
            self.subscriber.consumer.seek(place, known)
            # Whoever looks at Kafka's offsets should see that we are behind.
            await self.subscriber.consumer.commit({place: known})
        return known

    def only_ready(self, found: Mapping[TopicPartition, Sequence[Any]]) -> list[Any]:
        """The records of partitions that are aligned; the others come again."""
        records: list[Any] = []
        for place, several in found.items():
            if place in self._ready:
                records += several
            elif place in self.subscriber.consumer.assignment():
                self.subscriber.consumer.seek(place, several[0].offset)
        return records
