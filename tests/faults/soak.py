"""`python -m tests.faults.soak --minutes 30`: the whole platform at a steady 200 events a second; nothing may grow.

The events are changed profiles from small HR files, heard by three services. After the first five minutes the
memory of each process must stay within five percent, file descriptors must not pile up, and the outboxes are empty.
Kafka is shown and not judged: it fills the heap that it was given.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from deploy.local.demo.platform_api import PlatformApi
from deploy.local.instance import Instance
from deploy.local.roles import SERVICES
from tests.bench.hr_file import HEAD, a_line
from tests.faults.page import RESULTS
from tests.faults.report.row import Row, recorded
from tests.faults.rig.alone import a_platform
from tests.waiting import eventually

EVERY = 5.0
WARM_MINUTES, GROWTH = 5.0, 0.05
LEAST_MB = 5
"""Growth below this is the allocator's breath, whatever its share."""
NOT_JUDGED = frozenset({"kafka"})
"""Shown only: its heap grows to the limit that it was given, its files with what the topics keep."""


@dataclass
class Sample:
    """One look at one process."""

    at: float
    megabytes: float
    descriptors: int


@dataclass
class Soak:
    """`rate` changed people a second, for `minutes`."""

    instance: Instance
    api: PlatformApi
    rate: int
    minutes: float
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    told: int = 0
    slowest: float = 0.0
    """Seconds that the slowest file took from its sending to its last row."""

    async def run(self) -> list[str]:
        """Imports and looks until the time is over; gives what grew."""
        began = time.monotonic()
        turn = 0
        while (due := began + turn * EVERY) < began + 60 * self.minutes:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self._import(turn)
            self._look(time.monotonic() - began)
            turn += 1
        return [*self._grown(), *await self._left_over()]

    async def _import(self, turn: int) -> None:
        """Everybody's level changes with each file."""
        rows = range(int(self.rate * EVERY))
        content = (HEAD + "".join(a_line(number, turn) for number in rows)).encode()
        sent = time.monotonic()
        headers = {"Content-Type": "text/csv"}
        answer = await self.api.send(
            "POST", "hr", "system", "profiles", "/v1/imports", content=content, headers=headers
        )
        path = f"/v1/imports/{answer.json()['import_id']}"
        view = await eventually(
            lambda: self.api.get("hr", "system", "profiles", path, limit=1),
            lambda view: view["state"] == "done",
            within=120,
        )
        self.told += view["added"] + view["changed"]
        self.slowest = max(self.slowest, time.monotonic() - sent)

    def _look(self, at: float) -> None:
        for info in self.instance.processes.info():
            process = psutil.Process(info["pid"])
            sample = Sample(at, megabytes(process), process.num_fds())
            self.samples.setdefault(info["name"], []).append(sample)

    def _warm(self, name: str) -> list[Sample]:
        warm = min(60 * WARM_MINUTES, 20 * self.minutes)
        return [sample for sample in self.samples[name] if sample.at >= warm]

    def _grown(self) -> Iterator[str]:
        """Compares the last tenth with the first, so that one peak decides nothing."""
        for name in self.samples.keys() - NOT_JUDGED:
            first, last = self.ends(name)
            if last.megabytes > max(first.megabytes * (1 + GROWTH), first.megabytes + LEAST_MB):
                yield f"{name} grew from {first.megabytes:.0f} to {last.megabytes:.0f} MB"
            if last.descriptors > first.descriptors + 10:
                yield f"{name} grew from {first.descriptors} to {last.descriptors} file descriptors"

    def ends(self, name: str) -> tuple[Sample, Sample]:
        """The middle of the first and of the last tenth after warming up."""
        warm = self._warm(name)
        tenth = max(1, len(warm) // 10)
        middles = [
            sorted(part, key=lambda each: each.megabytes)[len(part) // 2] for part in (warm[:tenth], warm[-tenth:])
        ]
        return middles[0], middles[1]

    async def _left_over(self) -> list[str]:
        """The last file's events are on their way out for a moment; nothing else may be left."""
        works = {name: await eventually(lambda name=name: self._work(name), _is_empty) for name in SERVICES}
        return [f"{name} has parked {work['parked']} messages" for name, work in works.items() if work["parked"]]

    async def _work(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.api.get("soak", "administrator", name, "/v1/work")
        return found

    def table(self) -> Table:
        """Each process at both ends."""
        table = Table("process", "MB, warm", "MB, at the end", "descriptors")
        for name in self.samples:
            first, last = self.ends(name)
            table.add_row(name, f"{first.megabytes:.0f}", f"{last.megabytes:.0f}", str(last.descriptors))
        return table


def _is_empty(work: dict[str, Any]) -> bool:
    return not work["outbox"]


def megabytes(process: psutil.Process) -> float:
    """What it and its children hold alone: PostgreSQL's sessions share most of what they show.

    Its vacuum workers come for seconds and go: whether a look meets one says nothing about growth.
    """
    total = 0
    for each in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):  # a session that has just ended
            if "autovacuum worker" not in " ".join(each.cmdline()):
                total += each.memory_full_info().uss
    return total / 2**20


def main() -> None:
    """Exit code 1 if something grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=int, default=200, help="events told a second")
    asked = parser.parse_args()

    async def soak(instance: Instance, row: Row) -> None:
        api = PlatformApi(instance.places()["services"], instance.token)
        soaked = Soak(instance, api, asked.rate, asked.minutes)
        grown = await soaked.run()
        await api.close()
        Console().print(soaked.table())
        row.inject("minutes", int(asked.minutes))
        row.counts = {"committed": soaked.told}
        measured: dict[str, Any] = {f"MB of {name}": round(soaked.ends(name)[1].megabytes) for name in SERVICES}
        row.measured = measured | {"slowest file s": round(soaked.slowest, 1)}
        assert not grown, "\n".join(grown)

    try:
        with tempfile.TemporaryDirectory() as made, recorded(Row("soak", full=True), RESULTS) as row:
            Path(made).chmod(0o755)
            with a_platform(Path(made) / "platform") as instance:
                asyncio.run(soak(instance, row))
    except AssertionError as grown:
        print(f"It grew:\n{grown}")
        sys.exit(1)
    print("Nothing grew.")


if __name__ == "__main__":
    main()
