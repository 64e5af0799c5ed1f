"""(b) An outbox, a relay and an inbox written by hand for one event: as short and as good as we can make it.

The same guarantees: outbox row in the transaction, one carrier at a time, idempotent producer with acks from all, order
per key, inbox and effect in one transaction per batch, offsets committed after it. A failure ends the process, and
whoever keeps processes running starts it again. What it has not: parking of a message that cannot be handled (it would
stop there), retries, buckets, tracing, metrics, logs, CloudEvents, authentication.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import uvicorn
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import CommitFailedError
from fastapi import FastAPI
from uuid_utils.compat import uuid7

from contracts.matching import MatchEvent
from tests.bench.contestants.place import AFFECT, BATCH, DECLINES, POOL, SAVE, Note, Place, now

TABLES = """
CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, event_id uuid NOT NULL,
                     sequence bigint NOT NULL, body text NOT NULL);
CREATE TABLE inbox (event_id uuid PRIMARY KEY, heard_at timestamptz NOT NULL DEFAULT now());
"""
WRITE = """
INSERT INTO outbox (key, event_id, sequence, body)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[])
"""
FIRST_TIME = """
INSERT INTO inbox (event_id) SELECT id FROM unnest($1::uuid[]) AS id ORDER BY id
ON CONFLICT DO NOTHING RETURNING event_id
"""


class ByHand:
    def __init__(self, place: Place) -> None:
        self._place = place
        self._bell = asyncio.Event()

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(self._place.database, min_size=1, max_size=POOL)

    async def tell(self, events: Sequence[MatchEvent]) -> float:
        async with self._pool.acquire() as connection, connection.transaction():
            # The row locks of the matches order the commits, and with them the outbox, per key.
            saved = dict(await connection.fetch(SAVE, [event.key for event in events]))
            await connection.execute(
                WRITE,
                [event.key for event in events],
                [uuid7() for _ in events],
                [saved[event.key] for event in events],
                [event.body() for event in events],
            )
        committed = now()
        self._bell.set()
        return committed

    async def carry(self) -> None:
        # A lost DELETE only sends the row a second time: it needs no flush.
        settings = {"synchronous_commit": "off"}
        connection = await asyncpg.connect(self._place.database, server_settings=settings)
        await connection.execute("SELECT pg_advisory_lock(1)")
        producer = AIOKafkaProducer(
            bootstrap_servers=self._place.brokers, enable_idempotence=True, acks="all", max_batch_size=128 * 1024
        )
        async with producer:
            while True:
                self._bell.clear()
                rows = await connection.fetch("SELECT * FROM outbox ORDER BY id LIMIT $1", BATCH)
                if rows:
                    await asyncio.gather(*[await self._send(producer, row) for row in rows])
                    await connection.execute("DELETE FROM outbox WHERE id = ANY($1)", [row["id"] for row in rows])
                if len(rows) < BATCH:
                    await self._rung()

    async def _send(self, producer: AIOKafkaProducer, row: asyncpg.Record) -> Any:
        headers = [("id", row["event_id"].bytes), ("sequence", b"%d" % row["sequence"])]
        return await producer.send(self._place.topic, row["body"].encode(), row["key"].encode(), headers=headers)

    async def _rung(self) -> None:
        try:
            async with asyncio.timeout(0.05):  # another process of the service may have told something
                await self._bell.wait()
        except TimeoutError:
            return

    async def hear(self, note: Note) -> None:
        kind = type(self._place.event)
        consumer = AIOKafkaConsumer(
            self._place.topic,
            bootstrap_servers=self._place.brokers,
            group_id=self._place.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        async with consumer:
            while True:
                polled = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
                records = [record for each in polled.values() for record in each]
                if not records:
                    continue
                heard = {
                    UUID(bytes=record.headers[0][1]): (kind.read(record.value), int(record.headers[1][1]))
                    for record in records
                }
                async with self._pool.acquire() as connection, connection.transaction():
                    fresh = await connection.fetch(FIRST_TIME, list(heard))
                    new = {row["event_id"] for row in fresh}
                    last = {event.key: sequence for each, (event, sequence) in heard.items() if each in new}
                    await connection.execute(AFFECT, list(last), list(last.values()))
                note(list(last))
                with contextlib.suppress(CommitFailedError):  # given to another process: its inbox drops the repetition
                    await consumer.commit()

    async def web(self) -> None:
        app = FastAPI()
        kind = type(self._place.event)

        @app.post(DECLINES, status_code=201)
        async def decline(event: kind) -> dict[str, str]:  # type: ignore[valid-type]
            await self.tell([event])
            return {"match_id": event.key}

        config = uvicorn.Config(app, port=self._place.port, access_log=False, log_level="warning", loop="none")
        await asyncio.gather(uvicorn.Server(config).serve(), self.carry())
