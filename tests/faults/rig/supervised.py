"""The whole platform as `make up` starts it: supervisor keeps the services running."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.local.demo.observer import Observer
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.play import play
from deploy.local.demo.quiet import Quiet, listeners
from deploy.local.roles import SERVICES
from tests.faults.rig.platform import ENV, Platform
from tests.faults.storm.traces import watch
from tests.waiting import eventually


@dataclass
class Supervised(Platform):
    """A platform of its own under `root`, with an audit of what each service has told."""

    recoveries: list[float] = field(default_factory=list)
    """Seconds from each killing of all services until all were ready again."""

    async def start(self) -> "Supervised":
        """Everything, as a newcomer starts it."""
        self.instance.service_env = ENV
        await asyncio.to_thread(self.instance.start, fresh=True)
        await watch(self.plan.dsn("admin"))
        places = self.instance.places()
        self.urls = places["services"]
        self.api = PlatformApi(self.urls, self.instance.token)
        self.observer = Observer(self.plan.brokers)
        self.quiet = Quiet(self.api, self.observer, listeners())
        return self

    async def live_through(self, people: Path, *, seed: int, each_day: Callable[[int], None]) -> dict[str, Any]:
        """A company lives through a program; `each_day` is called with the number of each; gives the report."""
        days: list[str] = []

        def say(what: str, share: float) -> None:
            if share:
                days.append(what)
                each_day(len(days))

        _, report = await play(self.instance, people, columns={}, seed=seed, say=say)
        return report

    def kill_all_services(self) -> dict[str, int]:
        """SIGKILL to all services in the same moment; gives who they were."""
        pids = {info["name"]: info["pid"] for info in self.instance.processes.info() if info["name"] in SERVICES}
        for pid in pids.values():
            if pid:
                os.kill(pid, signal.SIGKILL)
        return pids

    async def ready_again(self, killed: dict[str, int]) -> None:
        """Waits until each service is another process than the killed one, and ready; notes the seconds."""
        began = time.monotonic()
        async with httpx.AsyncClient(timeout=2) as client:
            await eventually(lambda: self._all_ready(client, killed), within=120)
        self.recoveries.append(round(time.monotonic() - began, 2))

    async def _all_ready(self, client: httpx.AsyncClient, killed: dict[str, int]) -> bool:
        now = await asyncio.to_thread(self.instance.processes.info)
        if any(info["pid"] in {0, killed[info["name"]]} for info in now if info["name"] in SERVICES):
            return False
        try:
            answers = [await client.get(f"{url}/health/ready") for url in self.urls.values()]
        except httpx.TransportError:
            return False
        return all(answer.status_code == httpx.codes.OK for answer in answers)
