"""Carries the outbox to Kafka: in order per key, nothing lost, until the broker has acknowledged.

Every process runs a relay. The 32 buckets are owned through session advisory locks on a dedicated connection,
so each bucket has at most one carrier; when a process dies, PostgreSQL frees its buckets and another takes them.
Rows are read from the table itself, never past a remembered id: a late commit with a small id is found too.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from zlib import crc32

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerClosed

from chassis import kafka, metrics, positions, spans, tracing
from chassis.connections import Address, open_connection
from chassis.db import LOST_CONNECTION, CommitUnknown, pause
from chassis.lanes import Shipped, lanes_of
from chassis.logs import worth_saying
from chassis.outbox import BUCKETS
from chassis.settings import Settings
from chassis.wake import Bell

log = structlog.get_logger()

BATCH = 1000
POLL_SECONDS, LONGEST_POLL_SECONDS = 0.05, 0.4
"""How long to wait for the bell: what another process of the service told rings none here. Doubled while quiet."""
CLAIM_EVERY = 1.0
REQUEST_TIMEOUT_MS = 10_000
SEND_SECONDS, FLUSH_SECONDS = 30.0, 1.0
"""An idempotent producer of aiokafka tries for ever. After this time we say so and begin anew, as it may be stuck."""
STANDS_STILL_SECONDS = 60
"""A process that stands still keeps its connections; without a limit nobody else could carry its buckets."""

MOST_BYTES = 16_000_000

_PENDING = """
SELECT id, topic, key, headers, body, written_at
FROM (SELECT *, sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS before FROM (
          SELECT * FROM outbox WHERE bucket = ANY($1::smallint[]) ORDER BY id LIMIT $2) AS oldest) AS counted
WHERE before < $3 ORDER BY id
"""
_FORGET = f"""
WITH gone AS (DELETE FROM outbox WHERE id = ANY($1::bigint[]))
{positions.MOVE.format(kind="told", topics="$2", partitions="$3", positions="$4")}
"""
"""What was acknowledged goes in the statement that says how far the topic is known: what lies beyond and is in no
outbox, this database has not told."""
_PARK = """
WITH gone AS (DELETE FROM outbox WHERE id = $1 RETURNING id, topic, key, event_id, headers, body)
INSERT INTO parked (consumer, topic, partition, position, key, event_id, headers, body, reason)
SELECT 'relay', topic, -1, id, key, event_id, headers::jsonb, convert_to(body, 'UTF8'), $2 FROM gone
"""


class Relay:
    """One process's share of the carrying. `run` goes on until it is cancelled."""

    def __init__(
        self,
        settings: Settings,
        *,
        schema: str,
        dsn: Address,
        bell: Bell,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`before` is awaited on each new connection, before anything is sent: the database may be another one."""
        self._settings = settings
        self._before = before
        self._dsn = dsn
        self._schema = schema
        self._bell = bell
        self._connection: Any = None
        self._producer: AIOKafkaProducer | None = None
        self._secrets: object = None
        self._buckets: set[int] = set()
        self._failures = 0
        self._one_by_one = False

    async def run(self) -> None:
        """Carries for ever; after any trouble it keeps the rows, rebuilds what broke and tries again."""
        try:
            while True:
                try:
                    await self._carry()
                except (KafkaError, CommitUnknown, *LOST_CONNECTION, asyncpg.PostgresError) as error:
                    await self._begin_again(error)
        finally:
            await self.close()

    async def close(self) -> None:
        """Gives the buckets back and closes the producer."""
        producer, self._producer = self._producer, None
        connection, self._connection = self._connection, None
        self._buckets = set()
        if producer:
            await _dismiss(producer)
        if connection:
            await _quietly(connection.close(timeout=5))

    async def _carry(self) -> None:
        loop = asyncio.get_running_loop()
        self._connection = await open_connection(self._dsn, name=f"{self._schema}-relay")
        if self._before:
            await self._before()
        # It only deletes what Kafka has. Should the server lose that in a crash, the event is sent a second time.
        await self._connection.execute("SET synchronous_commit = off")
        await self._connection.execute(f"SET idle_session_timeout = '{STANDS_STILL_SECONDS}s'")
        claim_at = 0.0
        wait = POLL_SECONDS
        while True:
            if loop.time() >= claim_at and len(self._buckets) < BUCKETS:
                await self._claim()
                claim_at = loop.time() + CLAIM_EVERY
            await self._take_up_secrets()
            carried = await self.carry_batch()
            wait = POLL_SECONDS if carried else min(2 * wait, LONGEST_POLL_SECONDS)
            if carried < BATCH:
                await self._bell.heard(timeout=wait)

    async def _claim(self) -> None:
        """Takes every bucket that nobody owns."""
        free = [bucket for bucket in range(BUCKETS) if bucket not in self._buckets]
        rows = await self._connection.fetch(
            "SELECT b FROM unnest($2::int[]) AS b WHERE pg_try_advisory_lock($1, b)", self._lock_space(), free
        )
        self._buckets |= {row["b"] for row in rows}

    def _lock_space(self) -> int:
        # Advisory locks are shared by the whole database; the schema's name keeps services apart.
        return crc32(f"relay:{self._schema}".encode()) - 2**31

    async def carry_batch(self) -> int:
        """Sends the oldest pending rows and deletes what was acknowledged; gives how many it looked at."""
        if not self._buckets:
            return 0
        rows = await self._connection.fetch(_PENDING, sorted(self._buckets), BATCH, MOST_BYTES)
        if rows:
            producer = self._producer or await self._new_producer()
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(producer, rows)
            self._failures = 0
        return len(rows)

    async def _take_up_secrets(self) -> None:
        """A rotated password or certificate: the next producer logs in with it."""
        if self._producer and kafka.stamp(self._settings) != self._secrets:
            producer, self._producer = self._producer, None
            log.info("relay.secrets_rotated")
            await _dismiss(producer)

    async def _new_producer(self) -> AIOKafkaProducer:
        self._secrets = kafka.stamp(self._settings)
        producer = AIOKafkaProducer(
            **kafka.connection(self._settings),
            client_id=self._settings.instance,
            enable_idempotence=True,
            acks="all",
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            max_batch_size=128 * 1024,
        )
        try:
            await producer.start()
        except BaseException:
            await _dismiss(producer)
            raise
        self._producer = producer
        return producer

    async def _send(self, producer: AIOKafkaProducer, rows: list[asyncpg.Record]) -> None:
        """Sends the rows, in order per partition, and deletes what was acknowledged; raises if any other was not."""
        waiting = await lanes_of(producer, rows)
        while waiting:
            began = time.time_ns()
            shipped = await asyncio.gather(*(lane.ship(producer, one_by_one=self._one_by_one) for lane in waiting))
            await self._forget([each for each in shipped if not each.error])
            if tracing.is_on():
                for lane, each in zip(waiting, shipped, strict=True):
                    if not each.error:
                        spans.sent(each.rows, lane.partition, began_ns=began)
            failed = [each for each in shipped if each.error]
            for each in failed:
                await self._judge(each)
            if failed and failed[0].error:
                # What is left is sent again by a new producer, in order.
                raise failed[0].error
            waiting = [lane for lane in waiting if lane.rows]
        self._one_by_one = False

    async def _judge(self, failed: Shipped) -> None:
        """Parks the one event that the broker never takes; to find it, those packed with it go alone once."""
        if failed.too_large:
            self._one_by_one = len(failed.rows) > 1
            if not self._one_by_one:
                await self._park(failed.rows[0], failed.error)

    async def _forget(self, acknowledged: Sequence[Shipped]) -> None:
        ids = [row["id"] for each in acknowledged for row in each.rows]
        places = {each.place: each.next_offset for each in acknowledged if each.place}
        await self._connection.execute(_FORGET, ids, *positions.columns(places))
        metrics.RELAY_PUBLISHED.inc(len(ids))

    async def _park(self, row: asyncpg.Record, error: BaseException | None) -> None:
        await self._connection.execute(_PARK, row["id"], f"the broker refuses its size: {error}"[:500])
        log.error("event.parked", topic=row["topic"], key=row["key"], reason="too large for the broker")

    async def _begin_again(self, error: BaseException) -> None:
        self._failures += 1
        metrics.RELAY_INTERRUPTIONS.inc()
        if worth_saying(self._failures):
            reason = {"reason": await kafka.why(self._settings, error)} if isinstance(error, KafkaError) else {}
            log.warning("relay.interrupted", error=type(error).__name__, failures=self._failures, **reason)
        await self.close()
        await asyncio.sleep(pause(self._failures))


async def _dismiss(producer: AIOKafkaProducer) -> None:
    """Ends the producer. Its own `stop` waits for acknowledgements that may never come, and leaves it sending."""
    stopping = asyncio.create_task(_quietly(producer.stop()))
    await asyncio.wait([stopping], timeout=FLUSH_SECONDS)
    if not stopping.done():
        producer._message_accumulator.fail_all(ProducerClosed())  # noqa: SLF001 - there is no other way
        await stopping


async def _quietly(closing: Any) -> None:
    try:
        await asyncio.wait_for(closing, timeout=5)
    except Exception as error:  # noqa: BLE001 - it is being thrown away
        log.debug("relay.close_failed", error=type(error).__name__)
