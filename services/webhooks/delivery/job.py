"""The job that sends what is due. Each process claims for itself; a receiver that is slow keeps nobody but itself."""

import asyncio
import logging
import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog

from chassis.clock import SystemClock
from chassis.envelope import new_id
from chassis.running import Running
from services.webhooks import metrics, sealing
from services.webhooks.delivery.post import Post
from services.webhooks.domain.fate import Outcome
from services.webhooks.domain.message import body_of, headers_of
from services.webhooks.handlers import delivering
from services.webhooks.handlers.delivering import DELIVERIES, Load, Tried
from services.webhooks.settings import Settings
from services.webhooks.store.lanes import Claimed

log = structlog.get_logger()

SPARE = timedelta(seconds=30)
"""By how much a lease outlasts the longest request: time to write down what came of it."""
LOOK_SECONDS = 0.25
"""Between looks while something is under way: a receiver's allowance grows by itself, and rings no bell."""
DOUBTFUL_SHARE = 4
"""One in so many requests may wait for receivers that did not answer last time."""
_POST = "webhooks.post"


async def send_due(running: Running) -> bool:
    """Sends until nothing is due and nothing is under way."""
    await Courier(running, _post(running)).work()
    return False


def _post(running: Running) -> Post:
    if _POST not in running.resources:
        running.resources[_POST] = Post(running.settings)
    post: Post = running.resources[_POST]
    return post


@dataclass
class Courier:
    """Requests under way, and the room that is left."""

    running: Running
    post: Post
    _under_way: dict["asyncio.Task[None]", bool] = field(default_factory=dict)
    """Whether its receiver was well when it was begun."""

    @property
    def _settings(self) -> Settings:
        settings: Settings = self.running.settings
        return settings

    async def work(self) -> None:
        """Claims whenever there is room and something is due; a stop waits for what is under way."""
        try:
            while True:
                busy = bool(self._under_way)
                await self._begin_what_is_due()
                if self._under_way:
                    await self._until_something_happens()
                elif not busy:
                    # Else the last one ended while we looked, and what stood behind it may be due now.
                    return
        finally:
            await self._end()

    async def _begin_what_is_due(self) -> None:
        """A turn for each receiver that something is due for, the one that has waited longest first."""
        served: set[Any] = set()
        while (room := self._settings.webhooks_at_once - len(self._under_way)) > 0:
            load = await self._claim(room, served)
            if load is None:
                return
            served.add(load.turn.subscription_id)
            for claimed in load.claimed:
                task = asyncio.create_task(self._deliver(load, claimed))
                self._under_way[task] = load.turn.well
                task.add_done_callback(lambda done: self._under_way.pop(done, None))

    async def _claim(self, room: int, served: set[Any]) -> Load | None:
        settings, claim_id = self._settings, new_id()
        doubtful = sum(not well for well in self._under_way.values()) < settings.webhooks_at_once // DOUBTFUL_SHARE
        lease = timedelta(seconds=settings.webhooks_timeout_seconds) + SPARE
        now = self.running.clock.now()
        return await self.running.database.run(
            lambda tx: delivering.take_turn(
                tx,
                passed=served,
                doubtful=doubtful,
                most=room,
                at_once=settings.webhooks_at_once_each,
                lease=lease,
                claim_id=claim_id,
                now=now,
            ),
            repeatable=True,
        )

    async def _until_something_happens(self) -> None:
        bell = asyncio.create_task(self.running.bells[DELIVERIES].heard(timeout=LOOK_SECONDS))
        await asyncio.wait({bell, *self._under_way}, return_when=asyncio.FIRST_COMPLETED)
        bell.cancel()

    async def _end(self) -> None:
        """Lets what is under way come to its end; what does not in time is somebody else's when its lease is over."""
        if self._under_way:
            _, late = await asyncio.wait(set(self._under_way), timeout=self._settings.webhooks_timeout_seconds + 1)
            for task in late:
                task.cancel()

    async def _deliver(self, load: Load, claimed: Claimed) -> None:
        try:
            started = time.monotonic()
            outcome = await self._send(load, claimed)
            seconds = time.monotonic() - started
            await self._keep(load, claimed, outcome, seconds)
        except Exception as error:
            # Whatever it is, the lease ends and the delivery is tried again; others go on.
            log.exception("delivery.interrupted", subscription_id=str(load.turn.subscription_id), exc_info=error)

    async def _send(self, load: Load, claimed: Claimed) -> Outcome:
        settings = self._settings
        secrets = [sealing.unseal(settings, sealed) for sealed in load.sealed]
        body = body_of(claimed.kept, largest=settings.webhooks_largest_bytes)
        # A signature is as old as the attempt, in real time: receivers refuse old ones, whatever our calendar says.
        headers = headers_of(claimed.kept, body, secrets, now=SystemClock().now())
        return await self.post.send(load.turn.url, headers, body)

    async def _keep(self, load: Load, claimed: Claimed, outcome: Outcome, seconds: float) -> None:
        tried = Tried(
            id=new_id(),
            claim_id=load.claim_id,
            outcome=outcome,
            milliseconds=int(seconds * 1000),
            receiver=urlsplit(load.turn.url).hostname or "",
            luck=random.random(),  # noqa: S311 - not a secret
        )
        now = self.running.clock.now()
        await self.running.database.run(
            lambda tx: delivering.keep_outcome(tx, claimed, tried, now=now), repeatable=True
        )
        _note(claimed, outcome, seconds, now)


def _note(claimed: Claimed, outcome: Outcome, seconds: float, now: datetime) -> None:
    status = f"{outcome.status // 100}xx" if outcome.status else "none"
    metrics.DELIVERIES.labels(outcome.kind, status).inc()
    metrics.ATTEMPT_SECONDS.labels(outcome.kind).observe(seconds)
    if outcome.kind == "taken":
        metrics.AGE_SECONDS.observe(max(0.0, (now - claimed.kept.told_at).total_seconds()))
    log.log(
        logging.INFO if outcome.kind == "taken" else logging.WARNING,
        "delivery.tried",
        subscription_id=str(claimed.lane.subscription_id),
        event_id=str(claimed.kept.id),
        event_type=claimed.kept.type,
        fate=outcome.kind,
        answer=outcome.status,
        attempt=claimed.attempts + 1,
        duration_ms=round(seconds * 1000, 1),
    )
