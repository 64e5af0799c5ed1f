"""Notices partitions that nobody in the group has, and lets the group share out anew.

Only the leader of a group watches for new partitions. A static member that is started again within its session gets
its old partitions back, and is not told that it was the leader (KIP-814; aiokafka speaks JoinGroup up to version 5):
from then on nobody watches, and what is written to a new partition, or to a topic that a new release hears, would
wait until some member stays away. Every partition that was ever taken over has its position in the database, so one
without is nobody's.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from chassis import positions
from chassis.db import LOST_CONNECTION, Database
from chassis.positions import Place

NOBODYS_AFTER = 20.0
"""Seconds. The leader needs as long as `METADATA_MS` to see a new partition, and the group a moment to share it out."""
METADATA_MS = 10_000
"""How old a member's knowledge of the topics may be."""


class Coverage:
    """What one member knows of the partitions of its group's topics."""

    def __init__(self, database: Database, topics: Sequence[str]) -> None:
        self._database = database
        self._topics = topics
        self._begun: set[Place] = set()
        self._missing_since: float | None = None

    async def nobodys(self, consumer: Any) -> int:
        """How many partitions nobody has taken over for a while; asks the database only if some may be without."""
        there = {(topic, number) for topic in self._topics for number in consumer.partitions_for_topic(topic) or ()}
        if not there <= self._begun:
            self._begun = await self._taken_over()
        missing = there - self._begun
        now = asyncio.get_running_loop().time()
        if not missing:
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = now
        elif now - self._missing_since > NOBODYS_AFTER:
            self._missing_since = None
            return len(missing)
        return 0

    async def _taken_over(self) -> set[Place]:
        try:
            return set(await self._database.run(lambda tx: positions.read(tx, "heard"), read_only=True))
        except (asyncpg.PostgresError, *LOST_CONNECTION):
            return self._begun  # the database is away, and there is no hurry: the next look asks again
