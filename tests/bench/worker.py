"""One process of a contestant: it does what its role says and obeys the few commands of the measuring process.

python -m tests.bench.worker SOCKET PLACE      (the measuring process starts it; PLACE is JSON)
"""

import asyncio
import contextlib
import gc
import itertools
import json
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import uvloop

from chassis.envelope import new_id
from contracts.matching import MatchEvent
from tests.bench.contestants.as_documented import AsDocumented, AsDocumentedSilent
from tests.bench.contestants.bare_producer import BareProducer
from tests.bench.contestants.by_hand import ByHand
from tests.bench.contestants.ours import Ours
from tests.bench.contestants.place import Place, now

CONTESTANTS: dict[str, Callable[[Place], Any]] = {
    "ours": Ours,
    "by_hand": ByHand,
    "as_documented": AsDocumented,
    "as_documented_silent": AsDocumentedSilent,
    "bare_producer": BareProducer,
}
LONGEST_LINE = 64 * 1024 * 1024


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Noted:
    """What was heard when: one entry per commit."""

    def __init__(self) -> None:
        self.commits: list[tuple[float, Sequence[str]]] = []
        self.count = 0
        self._more = asyncio.Event()

    def __call__(self, keys: Sequence[str]) -> None:
        self.commits.append((now(), keys))
        self.count += len(keys)
        self._more.set()

    async def wait_for(self, count: int) -> None:
        while self.count < count:
            self._more.clear()
            await self._more.wait()


class Obedient:
    """The commands. Each is a method; its answer is what it gives back."""

    def __init__(self, contestant: Any, place: Place) -> None:
        self._contestant = contestant
        self._place = place
        self.noted = Noted()

    def _events(self, count: int) -> Iterator[MatchEvent]:
        return (self._place.event.model_copy(update={"match_id": new_id()}) for _ in range(count))

    async def tell(self, count: int, per_transaction: int, writers: int) -> dict[str, float]:
        """Tells that many events as fast as it can."""
        events = self._events(count)
        batches = iter(lambda: list(itertools.islice(events, per_transaction)), [])

        async def write() -> None:
            for batch in batches:
                await self._contestant.tell(batch)

        began, cpu = now(), cpu_seconds()
        await asyncio.gather(*(write() for _ in range(writers)))
        return {"began": began, "ended": now(), "cpu": cpu_seconds() - cpu}

    async def tell_at(self, rate: int, seconds: float) -> dict[str, float]:
        """Tells events at a steady rate, whether or not the one before is committed; gives the commits' instants."""
        began = now()
        told: dict[str, float] = {}

        async def one(number: int, event: MatchEvent) -> None:
            await asyncio.sleep(max(0.0, began + number / rate - now()))
            told[event.key] = await self._contestant.tell([event])

        await asyncio.gather(*(one(*each) for each in enumerate(self._events(int(rate * seconds)))))
        return told

    async def heard(self, count: int) -> dict[str, float]:
        """Waits until that many effects are committed; says how many there are and when the last came."""
        await self.noted.wait_for(count)
        return await self.heard_so_far()

    async def heard_so_far(self) -> dict[str, float]:
        """How many effects are committed, and when the last came."""
        return {"count": self.noted.count, "at": self.noted.commits[-1][0] if self.noted.count else 0.0}

    async def instants(self) -> dict[str, float]:
        """When the effect of each key was committed; the first time counts."""
        return {key: at for at, keys in reversed(self.noted.commits) for key in keys}


async def main(socket: str, place: Place) -> None:
    contestant = CONTESTANTS[place.contestant](place)
    obedient = Obedient(contestant, place)
    await contestant.open()
    tasks = [asyncio.create_task(obey(socket, obedient))]
    if place.role in ("relay", "send"):
        tasks.append(asyncio.create_task(contestant.carry()))
    elif place.role == "hear":
        tasks.append(asyncio.create_task(contestant.hear(obedient.noted)))
    elif place.role == "web":
        tasks.append(asyncio.create_task(contestant.web()))
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def obey(socket: str, obedient: Obedient) -> None:
    """Answers line by line until the measuring process hangs up."""
    reader, writer = await asyncio.open_unix_connection(socket, limit=LONGEST_LINE)
    while line := await reader.readline():
        name, arguments = json.loads(line)
        answer = await getattr(obedient, name)(**arguments)
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()


if __name__ == "__main__":
    # This process has imported all contestants; none of them should pay for the others' objects at each collection.
    gc.collect()
    gc.freeze()
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        uvloop.run(main(sys.argv[1], Place(**json.loads(sys.argv[2]))))
