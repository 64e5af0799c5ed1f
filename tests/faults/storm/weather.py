"""Random faults, one after the other. The same seed brings the same faults with the same pauses."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
import psutil

from deploy.local.instance import Instance
from deploy.local.roles import SERVICES
from tests.waiting import eventually

Say = Callable[[str], object]
MEAN_PAUSE = 4.0
CALM_WITHIN = 90.0
_TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1"


@dataclass
class Weather:
    """What hits one platform."""

    instance: Instance
    luck: random.Random
    say: Say
    hits: Counter[str] = field(default_factory=Counter)

    async def blow(self, until: float) -> None:
        """Fault after fault until that moment (`time.monotonic()`)."""
        faults: list[Callable[[], Awaitable[str]]] = [
            *(3 * [self.kill_a_service]),
            self.kill_all_services,
            self.stop_a_service,
            self.freeze_a_service,
            self.kill_kafka,
            self.restart_kafka,
            self.freeze_kafka,
            self.terminate_sessions,
            self.restart_postgres,
            self.crash_postgres,
            self.lock_the_outbox,
            self.kill_the_mail_server,
        ]
        while time.monotonic() < until:
            await asyncio.sleep(self.luck.expovariate(1 / MEAN_PAUSE))
            what = await self.luck.choice(faults)()
            self.hits[what.partition(":")[0]] += 1
            self.say(what)

    async def calm(self) -> float:
        """Waits until every process runs and every service is ready; gives the seconds that took."""
        begun = time.monotonic()
        await eventually(self._all_run, within=CALM_WITHIN)
        return time.monotonic() - begun

    def _all_run(self) -> bool:
        states = [info["statename"] for info in self.instance.processes.info()]
        return bool(states) and set(states) == {"RUNNING"}

    def _signal(self, name: str, number: int) -> None:
        """Sends it, if the process is there at this moment."""
        pid = next((info["pid"] for info in self.instance.processes.info() if info["name"] == name), 0)
        with contextlib.suppress(ProcessLookupError):
            if pid:
                os.kill(pid, number)

    def _some_service(self) -> str:
        return self.luck.choice(SERVICES)

    async def kill_a_service(self) -> str:
        name = self._some_service()
        self._signal(name, signal.SIGKILL)
        return f"SIGKILL: {name}"

    async def kill_all_services(self) -> str:
        for name in SERVICES:
            self._signal(name, signal.SIGKILL)
        return "SIGKILL, all services at once"

    async def stop_a_service(self) -> str:
        name = self._some_service()
        self._signal(name, signal.SIGTERM)
        return f"SIGTERM: {name}"

    async def freeze_a_service(self) -> str:
        name, seconds = self._some_service(), self.luck.uniform(2, 14)
        await self._freeze(name, seconds)
        return f"SIGSTOP, SIGCONT: {name}, {seconds:.0f} s"

    async def _freeze(self, name: str, seconds: float) -> None:
        self._signal(name, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:  # the storm may end meanwhile
            self._signal(name, signal.SIGCONT)

    async def kill_kafka(self) -> str:
        self._signal("kafka", signal.SIGKILL)
        return "Kafka SIGKILL"

    async def restart_kafka(self) -> str:
        self._signal("kafka", signal.SIGTERM)
        return "Kafka restart"

    async def freeze_kafka(self) -> str:
        seconds = self.luck.uniform(2, 8)
        await self._freeze("kafka", seconds)
        return f"Kafka frozen: {seconds:.0f} s"

    async def terminate_sessions(self) -> str:
        name = self._some_service()
        ended = await self._sql(_TERMINATE, f"{name}_app")
        return f"PostgreSQL sessions terminated: {name}, {len(ended)}"

    async def restart_postgres(self) -> str:
        self._signal("postgres", signal.SIGINT)
        return "PostgreSQL fast restart"

    async def crash_postgres(self) -> str:
        self._signal("postgres", signal.SIGQUIT)
        return "PostgreSQL immediate restart"

    async def lock_the_outbox(self) -> str:
        """Longer than some lock timeouts, shorter than others."""
        name, seconds = self._some_service(), self.luck.uniform(1, 12)
        await self._sql(f"LOCK TABLE {name}.outbox IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep({seconds:.1f})")
        return f"outbox locked: {name}, {seconds:.0f} s"

    async def kill_the_mail_server(self) -> str:
        self._signal("smtp", signal.SIGKILL)
        return "mail server SIGKILL"

    async def _sql(self, query: str, *args: object) -> list[asyncpg.Record]:
        """As the administrator; a server that is just down gives nothing."""
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            connection = await asyncpg.connect(self.instance.places()["postgres"]["admin"], timeout=10)
            try:
                return await connection.fetch(query, *args) if args else [await connection.execute(query)]
            finally:
                await connection.close(timeout=5)
        return []


def memory_of(instance: Instance) -> dict[str, int]:
    """Resident megabytes of each process that runs."""
    running = [(info["name"], info["pid"]) for info in instance.processes.info() if info["pid"]]
    return {name: psutil.Process(pid).memory_info().rss // 2**20 for name, pid in running}
