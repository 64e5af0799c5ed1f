"""What a running service has at hand: its settings, its clock, its database, its bells."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg

from chassis import schema
from chassis.clock import Clock, SystemClock, TestClock
from chassis.db import Database, Tx
from chassis.errors import Conflict
from chassis.told_before import Memory
from chassis.wake import Bells

if TYPE_CHECKING:
    from chassis.consumer.runtime import Consumer
    from chassis.service import Service
    from chassis.settings import Settings

_DUE = """
SELECT (SELECT count(*) FROM outbox) AS outbox,
       (SELECT count(*) FROM parked WHERE state = 'parked') AS parked,
       (SELECT count(*) FROM timers WHERE due_at <= $1) AS timers_due
"""


@dataclass
class Running:
    """One process of a service."""

    service: "Service"
    settings: Any
    clock: Clock
    database: Database
    bells: Bells = field(default_factory=Bells)
    told_before: Memory = field(default_factory=Memory)
    consumer: "Consumer | None" = None
    resources: dict[str, Any] = field(default_factory=dict)
    """What jobs keep between calls: a connection to the mail server, a pool of worker processes."""

    @property
    def name(self) -> str:
        """The service's name."""
        return self.service.name

    @property
    def pool(self) -> asyncpg.Pool:
        """Connections to the service's schema."""
        return self.database.pool

    def live(self) -> list[str]:
        """Why this process should be started anew; empty when it is well."""
        watchdog = self.consumer.watchdog if self.consumer else None
        return watchdog.stuck if watchdog and watchdog.restarts > 2 else []  # noqa: PLR2004 - restarts did not help

    async def ready(self) -> list[str]:
        """Why no requests should come here now. Kafka is no reason: the outbox absorbs an outage."""
        try:
            missing = await schema.missing(self.pool, self.service.folder)
        except Exception as error:  # noqa: BLE001 - whatever it is, the database cannot be used
            return [f"the database cannot be used: {type(error).__name__}"]
        return [f"migrations missing: {', '.join(missing)}"] if missing else []

    async def work(self) -> dict[str, Any]:
        """What is due and not done yet: all zeros mean that this service is quiet."""
        return await self.database.run(self._work, read_only=True, repeatable=True)

    async def _work(self, tx: Tx) -> dict[str, Any]:
        now = self.clock.now()
        counts = await tx.fetchrow(_DUE, now)
        busy = await self.service.busy(tx, now) if self.service.busy else {}
        return {"now": now, **dict(counts or {}), "busy": busy}

    async def set_clock(self, at: datetime) -> None:
        """Turns the test clock and looks at once for what has become due."""
        if not isinstance(self.clock, TestClock):
            raise Conflict("this platform runs on real time; start it with MENTORING_TEST_CLOCK=true")
        await self.clock.set(self.pool, at)
        self.bells.ring({"timers", *(job.name for job in self.service.jobs)})


def make_clock(settings: "Settings") -> Clock:
    """Real time, or outside production a calendar turned by hand."""
    return TestClock() if settings.test_clock else SystemClock()
