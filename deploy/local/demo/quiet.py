"""Waiting until the platform is quiet: nothing pending, nobody behind, nothing due."""

import asyncio
import importlib
import time
from collections.abc import Callable
from typing import Any, TypeVar

from confluent_kafka import KafkaException

from deploy.local.demo.observer import Observer, Seen
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.roles import SERVICES

LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.02, 0.5
PATIENCE_SECONDS = 300.0
T = TypeVar("T")
Ends = dict[tuple[str, int], int]


class NeverQuiet(RuntimeError):
    """The platform did not come to rest; the message says what was still going on."""


def listeners() -> dict[str, list[str]]:
    """Consumer groups and the topics that each listens to, as the services declare them."""
    heard = {name: getattr(importlib.import_module(f"services.{name}.events"), "HEARS", ()) for name in SERVICES}
    return {name: sorted({each.event.topic.name for each in hears}) for name, hears in heard.items() if hears}


class Quiet:
    """Says when the platform is at rest, and what was told until then."""

    def __init__(self, api: PlatformApi, observer: Observer, groups: dict[str, list[str]]) -> None:
        self._api = api
        self._observer = observer
        self._groups = groups

    async def wait(self) -> list[Seen]:
        """Waits until nobody is behind, then nothing is due or pending, then the topics end where they did before.

        In this order one look is enough: an event that sat in an outbox during the first question is found by
        the second, and one that was published in between by the third.
        """
        started = time.monotonic()
        while True:
            ends = await self._ask_kafka(self._observer.ends)
            going_on = await self._behind(ends) or await self.pending()
            if ends and not going_on and await self._ask_kafka(self._observer.ends) == ends:
                return await asyncio.to_thread(self._observer.read_to, ends)
            if time.monotonic() - started > PATIENCE_SECONDS:
                raise NeverQuiet(f"after {PATIENCE_SECONDS:.0f} s there is still: {going_on}")
            waited = time.monotonic() - started
            await asyncio.sleep(min(LONGEST_LOOK_SECONDS, max(LOOK_SECONDS, waited / 3)))  # looking costs, too

    async def wait_for(self, name: str) -> None:
        """Waits until one service has done what is due by its calendar, whatever the others do."""
        while True:
            if not any((await self._work(name))["busy"].values()):
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _behind(self, ends: Ends | None) -> dict[str, Any]:
        """Which consumer groups have not come to these ends."""
        lag = await self._ask_kafka(lambda: self._observer.lag(self._groups, ends)) if ends else None
        if lag is None:
            return {"kafka": "away"}
        return {"lag": lag} if lag else {}

    async def _ask_kafka(self, question: Callable[[], T]) -> T | None:
        """The answer, or None while Kafka is away."""
        try:
            return await asyncio.to_thread(question)
        except (KafkaException, OSError, TimeoutError):
            return None

    async def pending(self) -> dict[str, Any]:
        """What each service has due and not done; parked messages do not count, they wait for a person."""
        works = await asyncio.gather(*(self._work(name) for name in SERVICES))
        found = {}
        for name, work in zip(SERVICES, works, strict=True):
            counts = {"outbox": work["outbox"], "timers": work["timers_due"], **work["busy"]}
            if any(counts.values()):
                found[name] = {part: count for part, count in counts.items() if count}
        return found

    async def _work(self, name: str) -> Any:
        return await self._api.get("demo", "administrator", name, "/v1/work")

    async def parked(self) -> int:
        """Messages set aside in all services."""
        return sum([(await self._work(name))["parked"] for name in SERVICES])
