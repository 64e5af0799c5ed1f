"""Restarts a consumer that looks alive and is not.

aiokafka never restarts a task of its own after something unexpected: an answer of the broker to the heartbeat, or
uvloop's RuntimeError for a connection that was cut a moment ago, which ends the fetching. The consumer then stands
still for ever while `ping` stays true. A restart of the subscriber heals it. So does one that leaves the group
first, where the group has forgotten to share out a partition.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from chassis import metrics
from chassis.consumer.coverage import Coverage
from chassis.consumer.lag import InHand, Lag

log = structlog.get_logger()

LOOK_EVERY = 2.0
STUCK_AFTER = 30.0
_TASKS = {
    "_coordinator": ("_coordination_task", "_heartbeat_task", "_commit_refresh_task"),
    "_fetcher": ("_fetch_task",),
    "_client": ("_sync_task",),
}
"""What each part of aiokafka's consumer keeps running."""


async def stop(subscriber: Any) -> None:
    """Stops a subscriber, also one of which something died: closing that raises again what it died of.

    Then the other parts would stay open, so each is closed by itself.
    """
    consumer = subscriber.consumer
    try:
        await subscriber.stop()
    except Exception as error:  # noqa: BLE001 - whatever it died of, what comes next is a new consumer
        log.warning("consumer.died", error=type(error).__name__)
        for part in ("_fetcher", "_client"):
            with contextlib.suppress(Exception):
                await getattr(consumer, part).close()
        subscriber.consumer = None


def _leave_when_stopped(consumer: Any) -> None:
    """A static member does not leave when it stops, and when it comes back nothing is shared out anew."""
    consumer._coordinator._group_instance_id = None  # noqa: SLF001 - aiokafka has no other way to leave


class Watchdog:
    """Watches one subscriber. `stuck` says why it is not well; empty when it is."""

    def __init__(self, subscriber: Any, coverage: Coverage, lag: Lag | None = None) -> None:
        self._subscriber = subscriber
        self._coverage = coverage
        self._lag = lag or Lag(InHand())
        self._behind_since: float | None = None
        self._positions: dict[Any, int] = {}
        self.stuck: list[str] = []
        self.restarts = 0

    async def run(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Looks every two seconds and restarts what is stuck; gives up watching when `until` says so."""
        while not until():
            await asyncio.sleep(LOOK_EVERY)
            nobodys = await self._coverage.nobodys(self._subscriber.consumer)
            self.stuck = [*self._dead_tasks(), *await self._standing_still()]
            if nobodys:
                self.stuck.append(f"{nobodys} partitions are nobody's")
                _leave_when_stopped(self._subscriber.consumer)
            if self.stuck:
                log.warning("consumer.restarted", reasons=self.stuck)
                self.restarts += 1
                metrics.CONSUMER_RESTARTS.inc()
                await stop(self._subscriber)
                await self._subscriber.start()
                self._behind_since = None

    def _dead_tasks(self) -> list[str]:
        owned = ((getattr(self._subscriber.consumer, part, None), names) for part, names in _TASKS.items())
        tasks = ((name, getattr(part, name, None)) for part, names in owned for name in names)
        return [f"{name.strip('_')} ended" for name, task in tasks if task is not None and task.done()]

    async def _standing_still(self) -> list[str]:
        """Records are waiting and no position has moved for a while."""
        positions, waiting = await self._progress()
        moved = positions != self._positions
        self._positions = positions
        now = asyncio.get_running_loop().time()
        if moved or not waiting:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = now
        elif now - self._behind_since > STUCK_AFTER:
            return [f"{waiting} records wait and none was taken for {STUCK_AFTER:.0f} s"]
        return []

    async def _progress(self) -> tuple[dict[Any, int], int]:
        """Positions by partition, and how many records lie beyond them."""
        consumer = self._subscriber.consumer
        positions: dict[Any, int] = {}
        waiting = 0
        for partition in consumer.assignment() if consumer else ():
            try:
                position = await asyncio.wait_for(consumer.position(partition), timeout=1)
                if partition not in consumer.assignment():  # taken away meanwhile, and `highwater` would assert
                    continue
                positions[partition] = position
                behind = max(0, (consumer.highwater(partition) or 0) - positions[partition])
                self._lag.show(partition, behind)
                waiting += behind
            except TimeoutError:  # its first offset never arrives: that is standing still too
                waiting += 1
            except KafkaError:  # it was just given to another member
                continue
        self._lag.forget_all_but(positions)
        return positions, waiting
