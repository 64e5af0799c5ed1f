"""(a) This platform: the whole process of a service as `serve` runs it, with everything that goes on beside.

Web server, relay, consumer with watchdog, timers, sampling, logs at `info`. The measuring comes in where a service's
own code would: a handler, a route, and a job that is woken after each commit.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter

from chassis import process
from chassis.consumer import on_each_batch
from chassis.db import Tx
from chassis.envelope import Heard
from chassis.http import Body, Call, allow
from chassis.jobs import job
from chassis.outbox import tell
from chassis.running import Running
from chassis.service import Service
from chassis.settings import Settings
from contracts.matching import MatchDeclined, MatchEvent, MatchId
from deploy.local.identity import AUDIENCE, ISSUER
from tests.bench.contestants.place import AFFECT, POOL, SAVE, Note, Place, now

NEVER = 86_400.0
"""Seconds between looks of a job that is woken anyway."""


class Decline(Body):
    match_id: MatchId
    reason: str


async def save_and_tell(tx: Tx, events: Sequence[MatchEvent]) -> None:
    await tx.execute(SAVE, [event.key for event in events])
    await tell(tx, events, now=datetime.now(UTC))


class Ours:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._running: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
        self._waiting: list[str] = []
        self._settings = Settings(
            environment="test",
            instance=place.instance,
            database_url=place.database,
            pool_size=POOL,
            kafka_brokers=place.brokers,
            jwks_url=(Path(place.keys) / "jwks.json").as_uri(),
            token_issuer=ISSUER,
            token_audience=AUDIENCE,
            requests_per_second=1_000_000,
        )

    async def open(self) -> None:
        if self._place.role == "tell":  # no loops: nothing is carried meanwhile
            self._running.set_result(await process.start(self._service(), self._settings))

    async def tell(self, events: Sequence[MatchEvent]) -> float:
        running = await self._running
        async with running.database.transaction() as tx:
            await save_and_tell(tx, events)
        return now()

    async def carry(self) -> None:
        await self._serve(self._service(jobs=(job("hand-over", self._hand_over, every=NEVER),)))

    async def hear(self, note: Note) -> None:
        async def note_effects(_running: Running) -> bool:
            keys, self._waiting = self._waiting, []
            if keys:
                note(keys)
            return False

        reaction = on_each_batch(type(self._place.event), self._affect)
        await self._serve(self._service(hears=(reaction,), jobs=(job("effects", note_effects, every=NEVER),)))

    async def _affect(self, tx: Tx, heard: Sequence[Heard[Any]], *, now: datetime) -> None:
        last = {each.key: each.sequence for each in heard}
        await tx.execute(AFFECT, list(last), list(last.values()))
        self._waiting = list(last)
        tx.after_commit("effects")

    async def web(self) -> None:
        router = APIRouter(tags=["declines"])

        @router.post("/declines", status_code=201)
        async def decline(body: Decline, call: Annotated[Call, allow("participant")]) -> Decline:
            """Says no."""
            event = MatchDeclined.example().model_copy(update=body.model_dump())

            async def work(tx: Tx) -> Decline:
                await save_and_tell(tx, [event])
                return body

            return await call.change(work)

        await self._serve(self._service(routers=(router,)))

    def _service(self, **parts: Any) -> Service:
        home = Path(__file__).parent
        return Service(name=self._place.group, about="made for a measurement", settings=Settings, home=home, **parts)

    async def _serve(self, service: Service) -> None:
        await process.serve(service, self._settings, role="all", host="127.0.0.1", port=self._place.port)

    async def _hand_over(self, running: Running) -> bool:
        if not self._running.done():
            self._running.set_result(running)
        return False
