"""`python -m tests.faults.storm --minutes 5 --seed 1`: first the company's life in calm weather, then in the storm."""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chassis import logs
from deploy.local.demo.company import write_company
from deploy.local.demo.play import play
from deploy.local.instance import Instance
from tests.faults.page import RESULTS
from tests.faults.report.row import Row, recorded
from tests.faults.rig.alone import a_platform
from tests.faults.storm.judge import differences, findings
from tests.faults.storm.traces import Traces, read_traces, watch
from tests.faults.storm.weather import Weather, memory_of


@dataclass
class Storm:
    """Lives one after the other on platforms of their own, until the minutes are over."""

    folder: Path
    size: int
    seed: int
    began: float = field(default_factory=time.monotonic)
    hits: Counter[str] = field(default_factory=Counter)
    committed: int = 0
    doubles: int = 0
    recovery: float = 0.0
    """The longest time from the last fault until every process ran again."""

    def say(self, what: str) -> None:
        """One line of the log: when, and what."""
        print(f"{time.monotonic() - self.began:7.1f} s  {what}", flush=True)

    async def run(self, minutes: float) -> list[str]:
        """Gives what was not as promised; nothing: all held."""
        with a_platform(self.folder / "calm", test_clock=True) as instance:
            calm, traces = await self._live(instance)
        self.say(f"calm weather: {calm['relationships']} pairs, {sum(calm['events'].values())} events")
        wrong = findings(traces)
        until, life = time.monotonic() + 60 * minutes, 0
        while time.monotonic() < until and not wrong:
            life += 1
            with a_platform(self.folder / f"life-{life}", test_clock=True) as instance:
                wrong = await self._in_the_storm(instance, calm, life, until)
        return wrong

    async def _in_the_storm(self, instance: Instance, calm: dict[str, Any], life: int, until: float) -> list[str]:
        weather = Weather(instance, random.Random(f"{self.seed} {life}"), self.say)
        blowing = asyncio.create_task(weather.blow(until))
        try:
            stormy, traces = await self._live(instance, before_reading=lambda: self._calm(weather, blowing))
        finally:
            blowing.cancel()
            await asyncio.gather(blowing, return_exceptions=True)
        self.hits += weather.hits
        doubles = sum(len(each) - len({r.id for r in each}) for each in traces.records.values())
        committed = sum(map(len, traces.told.values()))
        self.doubles += doubles
        self.committed += committed
        self.say(
            f"life {life}: {weather.hits.total()} faults, {committed} events committed, {doubles} twice on a topic, "
            f"{len(traces.letters)} letters, {len(traces.in_doubt)} in doubt"
        )
        return findings(traces) + differences(calm, stormy)

    async def _calm(self, weather: Weather, blowing: "asyncio.Task[None]") -> None:
        blowing.cancel()
        await asyncio.gather(blowing, return_exceptions=True)
        seconds = await weather.calm()
        self.recovery = max(seconds, self.recovery)
        self.say(f"calm again after {seconds:.1f} s; MB: {memory_of(weather.instance)}")

    async def _live(self, instance: Instance, before_reading: Any = None) -> tuple[dict[str, Any], Traces]:
        places = instance.places()
        await watch(places["postgres"]["admin"])
        people = instance.root / "people.csv"
        write_company(people, size=self.size, seed=self.seed)
        _, report = await play(instance, people, columns={}, seed=self.seed, say=lambda *_: None)
        if before_reading:
            await before_reading()
        return report, await read_traces(places["postgres"]["admin"], places["kafka"], instance.letters)


def main() -> None:
    """Exit code 1 if something was not as promised; the folder with logs and data then stays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=100, help="people in the company")
    asked = parser.parse_args()
    logs.configure(service="storm", instance="storm", level="warning")
    folder = Path(tempfile.mkdtemp(prefix="storm-"))
    folder.chmod(0o755)
    try:
        with recorded(Row("storm", f"{asked.minutes:g} minutes, seed {asked.seed}", full=True), RESULTS) as row:
            weather(Storm(folder, asked.size, asked.seed), asked.minutes, row)
    except AssertionError as wrong:
        print(f"NOT as promised (logs and data: {folder}):", wrong, sep="\n")
        sys.exit(1)
    shutil.rmtree(folder)
    print(f"All held through {sum(row.injected.values())} faults.")


def weather(storm: Storm, minutes: float, row: Row) -> None:
    """Runs it and fills in the row of the table."""
    wrong = asyncio.run(storm.run(minutes))
    for what, times in storm.hits.most_common():
        row.inject(what, times)
    row.counts = {"committed": storm.committed, "duplicates": storm.doubles}
    row.recovered(storm.recovery)
    assert not wrong, "\n".join(wrong[:30])


if __name__ == "__main__":
    main()
