"""A platform of its own with a real Prometheus beside it, and questions to both."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from deploy.local.children import free_port
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.instance import Instance
from deploy.local.ports import Ports
from deploy.local.problems import LocalError
from deploy.local.roles import SERVICES
from deploy.prometheus.local import command, write
from deploy.prometheus.rules import hurried
from tests.waiting import eventually

HURRY = 20
TRIES = 6
COORDINATOR = "coordinator-of-the-alerts"
MONDAY = datetime(2027, 5, 10, 10, 0, tzinfo=UTC)
"""After the demo's last day; people in Europe are at work, so their letters go at once."""
SETTINGS = {
    "MENTORING_REQUESTS_PER_SECOND": "100000",
    "MENTORING_REQUESTS_AT_ONCE": "16",
    "MENTORING_RECONCILE_MINUTES": "1",
}
"""16 at once and 256 in line: one machine can make more requests than that."""


@dataclass
class Stage:
    """What the faults work with."""

    instance: Instance
    prometheus: str
    api: PlatformApi
    client: httpx.AsyncClient
    now: datetime = MONDAY
    numbers: list[int] = field(default_factory=lambda: [0])

    @property
    def places(self) -> dict[str, Any]:
        return self.instance.places()

    async def ask(self, query: str) -> list[dict[str, Any]]:
        """What Prometheus answers to a query now."""
        answer = await self.client.get(f"{self.prometheus}/api/v1/query", params={"query": query})
        assert answer.status_code == httpx.codes.OK, f"{query}: {answer.text}"
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    async def clock(self) -> float:
        """Until when Prometheus has looked: seconds, by its own clock."""
        return float((await self.ask("vector(time())"))[0]["value"][1])

    async def firing(self, *, since: int = 0) -> set[tuple[str, str]]:
        """Which alerts fire, for which service; also those that fired at any moment of the last `since` seconds."""
        fires = 'ALERTS{alertstate="firing"}'
        found = await self.ask(f"last_over_time({fires}[{since}s])" if since else fires)
        return {(each["metric"]["alertname"], each["metric"].get("service", "")) for each in found}

    async def sql(self, statement: str, *values: object) -> Any:
        """Asks PostgreSQL as the administrator."""
        connection = await asyncpg.connect(self.places["postgres"]["admin"])
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close(timeout=5)

    def stop(self, part: str) -> None:
        """Stops a process; supervisor leaves it stopped."""
        self.instance.processes.stop([part])

    def start(self, part: str) -> None:
        """Starts it again."""
        self.instance.processes.start([part])

    def pid(self, part: str) -> int:
        """The process id of a part; 0 while it does not run."""
        return next(int(info["pid"]) for info in self.instance.processes.info() if info["name"] == part)

    def cli(self, service: str, *words: str) -> str:
        """A command of a service, as people on call type it."""
        command = [sys.executable, "-m", "deploy.local", "run", "--root", str(self.instance.root), service, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    async def open_program(self) -> str:
        """Opens a program, which matching tells of."""
        self.numbers.append(len(self.numbers))
        body = {
            "name": f"Program {self.numbers[-1]}",
            "purpose": "Something to tell of",
            "starts_on": "2027-06-07",
            "length_weeks": 12,
        }
        about = f"program {self.numbers[-1]}"
        opened = await self.api.post(COORDINATOR, "coordinator", "matching", "/v1/programs", body, about=about)
        found: str = opened["program_id"]
        return found

    async def change_profile(self, person: str = "p-00002") -> None:
        """Changes what somebody's goals are, which three services hear of."""
        self.numbers.append(len(self.numbers))
        body = {"goals": f"to have changed {self.numbers[-1]} times"}
        await self.api.send("PATCH", person, "participant", "profiles", f"/v1/people/{person}", json=body)

    async def turn_clock(self, at: datetime) -> None:
        """Turns the calendar of all services."""
        self.now = at
        await self.api.turn_clock(at, SERVICES)

    async def until_fires(self, alert: str, service: str, *, within: float) -> None:
        """Waits until this alert fires for this service."""
        await eventually(self.firing, lambda found: (alert, service) in found, within=within)

    async def until_over(self, alert: str, *, within: float) -> None:
        """Waits until this alert fires for nobody."""
        await eventually(self.firing, lambda found: alert not in {name for name, _ in found}, within=within)


@asynccontextmanager
async def open_stage(root: Path) -> AsyncIterator[Stage]:
    """Starts everything, and ends all of it however it goes."""
    instance = Instance(root, ports=Ports.free(), test_clock=True, service_env=SETTINGS)
    try:
        places = await asyncio.to_thread(_started, instance)
        async with (
            _prometheus(root / "prometheus", places["metrics"]) as address,
            httpx.AsyncClient(timeout=30) as client,
        ):
            api = PlatformApi(places["services"], instance.token)
            stage = Stage(instance, address, api, client)
            await eventually(lambda: _answers(stage), within=60)
            yield stage
            await api.close()
    finally:
        await asyncio.to_thread(instance.stop)


@asynccontextmanager
async def _prometheus(folder: Path, metrics: dict[str, str]) -> AsyncIterator[str]:
    """A real Prometheus that scrapes these once a second, with the rules in a hurry; gives its address."""
    shutil.rmtree(folder, ignore_errors=True)  # what an earlier run saw is not of this one
    port = free_port()
    process = _begin(command(write(folder, metrics, every="1s", rules=hurried(HURRY)), port), folder / "log")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _started(instance: Instance) -> dict[str, Any]:
    """A fresh platform; on a very busy machine the first start may be cut short, and the next one goes on."""
    for attempt in range(TRIES):
        try:
            return instance.start(fresh=attempt == 0)
        except LocalError:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _begin(words: list[str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("w") as output:
        return subprocess.Popen(words, stdout=output, stderr=output)


async def _answers(stage: Stage) -> bool:
    try:
        return len(await stage.ask('up{job="mentoring"} == 1')) == len(SERVICES)
    except (httpx.TransportError, AssertionError):
        return False
