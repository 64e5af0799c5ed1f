"""Waiting until the platform is quiet: nothing pending, nobody behind, nothing due."""

import asyncio
import importlib
import time
from typing import Any

import structlog
from confluent_kafka import KafkaException

from deploy.local.demo.observer import Observer, Seen
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.roles import SERVICES

LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 300.0
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
        """Waits for two looks in a row that see nothing going on and the same ends of all topics.

        One look is not enough: an event may sit between a topic and an outbox while each is looked at.
        """
        started = time.monotonic()
        calm: Ends | None = None
        while True:
            going_on, ends = await self._look()
            if not going_on and ends == calm:
                return await asyncio.to_thread(self._observer.read_to, ends)
            calm = None if going_on else ends
            if going_on:
                if time.monotonic() - started > PATIENCE_SECONDS:
                    raise NeverQuiet(f"after {PATIENCE_SECONDS:.0f} s there is still: {going_on}")
                await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> tuple[dict[str, Any], Ends]:
        """What is going on, by service; empty and the ends of the topics if nothing is."""
        going_on = await self.pending()
        if going_on:
            return going_on, {}
        try:
            ends = await asyncio.to_thread(self._observer.ends)
            lag = await asyncio.to_thread(self._observer.lag, self._groups, ends)
        except (KafkaException, OSError, TimeoutError) as error:
            structlog.get_logger().debug("quiet.kafka_away", error=str(error))
            return {"kafka": "away"}, {}
        return ({"lag": lag} if lag else {}), ends

    async def pending(self) -> dict[str, Any]:
        """What each service has due and not done; parked messages do not count, they wait for a person."""
        found = {}
        for name in SERVICES:
            work = await self._api.get("demo", "administrator", name, "/v1/work")
            counts = {"outbox": work["outbox"], "timers": work["timers_due"], **work["busy"]}
            if any(counts.values()):
                found[name] = {part: count for part, count in counts.items() if count}
        return found

    async def parked(self) -> int:
        """Messages set aside in all services."""
        works = [await self._api.get("demo", "administrator", name, "/v1/work") for name in SERVICES]
        return sum(work["parked"] for work in works)
