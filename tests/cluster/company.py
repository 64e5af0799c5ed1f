"""The demo's company, living its twelve weeks through the services in the cluster, a day every few seconds."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local.demo.choices import Choices
from deploy.local.demo.company import write_company
from deploy.local.demo.life import Life
from deploy.local.demo.observer import Observer
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet, listeners
from deploy.local.demo.report import report
from deploy.local.kafka_files import VERSION as KAFKA_VERSION
from tests.cluster.servers import Servers

SPREAD_SECONDS = 0.5
"""Every process of a service looks five times a second where its calendar stands (`chassis/process.py`). Requests go
to any of them, so people wait until all have looked."""


@dataclass
class Pace:
    """Lets a day begin when the one before has lasted `seconds`; at once, after `hurry`."""

    seconds: float
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _begun: float = field(default_factory=time.monotonic)

    async def next_day(self) -> None:
        left = self.seconds - (time.monotonic() - self._begun)
        if left > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), left)
        self._begun = time.monotonic()

    def hurry(self) -> None:
        """No more waiting."""
        self._over.set()


class PacedApi(PlatformApi):
    """Turns calendars at that pace, and until every replica knows."""

    def __init__(self, services: Mapping[str, str], token: Callable[..., str], pace: Pace) -> None:
        super().__init__(services, token)
        self._pace = pace

    async def turn_clock(self, at: datetime, services: Iterable[str]) -> None:
        asked = list(services)
        if asked == ["notifications"]:  # the first of the day
            await self._pace.next_day()
        await super().turn_clock(at, asked)
        await asyncio.sleep(SPREAD_SECONDS)


@dataclass
class Company:
    """One life. `matched` is set when the cohort has its offers and the days begin."""

    servers: Servers
    urls: Mapping[str, str]
    size: int
    seed: int
    say: Callable[[str], object]
    pace: Pace = field(default_factory=lambda: Pace(0))
    days_begin: asyncio.Event = field(default_factory=asyncio.Event)
    day: str = ""

    async def live(self) -> dict[str, Any]:
        """From the HR file to the last day; gives the report, as the demo's."""
        begun = time.monotonic()
        places = self.servers.places
        people = self.servers.root / "people.csv"
        await asyncio.to_thread(write_company, people, size=self.size, seed=self.seed)
        api = PacedApi(self.urls, self.servers.instance.token, self.pace)
        observer = Observer(",".join(places["kafka"]), places["kafka_admin"])
        quiet = Quiet(api, observer, listeners())
        try:
            life = Life(api, observer, quiet, Choices(self.seed), self._told)
            await life.live(Path(people), {})
            return report(
                life,
                pending=sum(work.get("outbox", 0) for work in (await quiet.pending()).values()),
                parked=await quiet.parked(),
                seconds={"run": time.monotonic() - begun},
                servers={"kafka": KAFKA_VERSION, "postgres": await self._postgres_version()},
            )
        finally:
            await api.close()
            observer.close()

    def _told(self, what: str, share: float) -> None:
        week = what.split(" · ")[1] if " · " in what else what
        if week != self.day:
            self.say(f"company: {what}")
        self.day = week
        if " · " in what:
            self.days_begin.set()

    async def _postgres_version(self) -> str:
        connection = await asyncpg.connect(self.servers.admin)
        try:
            version: str = await connection.fetchval("SHOW server_version")
        finally:
            await connection.close()
        return version.split(maxsplit=1)[0]
