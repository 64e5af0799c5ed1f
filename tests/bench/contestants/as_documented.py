"""(c) FastStream the way its documentation shows: a model per message, publish after the database write.

What it loses: an event whose process dies between commit and publish; an event whose process dies while it is handled
(the offset is committed first); what the leader alone had acknowledged; the order of retried sends; and a second
delivery is a second effect. Source: https://faststream.ag2.ai/latest/kafka/
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import uvicorn
from fastapi import FastAPI
from faststream import FastStream  # noqa: TID251 - the contestant is FastStream itself
from faststream.kafka import KafkaBroker  # noqa: TID251

from contracts.matching import MatchEvent
from tests.bench.contestants.place import AFFECT, DECLINES, POOL, SAVE, Note, Place, now


class AsDocumented:
    logging: dict[str, Any] = {}  # noqa: RUF012 - the default: one line on stderr per message

    def __init__(self, place: Place) -> None:
        self._place = place
        self._broker = KafkaBroker(place.brokers, **self.logging)
        self._publisher = self._broker.publisher(place.topic)

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(self._place.database, min_size=1, max_size=POOL)
        if self._place.role != "hear":
            await self._broker.start()

    async def tell(self, events: Sequence[MatchEvent]) -> float:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SAVE, [event.key for event in events])
        committed = now()
        for event in events:
            await self._publisher.publish(event, key=event.key.encode())
        return committed

    async def carry(self) -> None:
        """There is nothing to carry: `tell` has published."""
        await asyncio.Event().wait()

    async def hear(self, note: Note) -> None:
        kind = type(self._place.event)

        @self._broker.subscriber(self._place.topic, group_id=self._place.group, auto_offset_reset="earliest")
        async def take_up(event: kind) -> None:  # type: ignore[valid-type]
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(AFFECT, [event.key], [1])
            note([event.key])

        await FastStream(self._broker).run()

    async def web(self) -> None:
        app = FastAPI()
        kind = type(self._place.event)

        @app.post(DECLINES, status_code=201)
        async def decline(event: kind) -> dict[str, str]:  # type: ignore[valid-type]
            await self.tell([event])
            return {"match_id": event.key}

        config = uvicorn.Config(app, port=self._place.port, access_log=False, log_level="warning", loop="none")
        await uvicorn.Server(config).serve()


class AsDocumentedSilent(AsDocumented):
    """The same without its line per message, which is half of its cost."""

    logging = {"logger": None}  # noqa: RUF012
