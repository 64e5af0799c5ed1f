"""Feeds the settler from Kafka through FastStream, with every default that is wrong for us set explicitly.

- `NACK_ON_ERROR`: the default (`ACK_FIRST`) loses messages, the other policies commit past a failed one.
- raw records: FastStream's own decoding fails a whole batch over one header that is not UTF-8.
- `auto_offset_reset="earliest"`, `allow_auto_create_topics=False`, no logger per message.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

from chassis import kafka, metrics
from chassis.consumer import watchdog
from chassis.consumer.coverage import METADATA_MS, Coverage
from chassis.consumer.lag import InHand, Lag
from chassis.consumer.places import Rewinding
from chassis.consumer.settle import Settler
from chassis.consumer.watchdog import Watchdog
from chassis.db import pause
from chassis.settings import Settings

log = structlog.get_logger()

BATCH = 500
POLL_MS = 1_000
SESSION_MS, HEARTBEAT_MS, MAX_POLL_MS = 10_000, 2_000, 300_000
GRACE_SECONDS = 15.0


class Consumer:
    """One member of the service's consumer group. `run` goes on until it is cancelled."""

    def __init__(self, settings: Settings, settler: Settler, *, group: str, topics: Sequence[str]) -> None:
        self._settings = settings
        self._settler = settler
        self._group = group
        self._topics = topics
        self._failures = 0
        self._in_hand = InHand()
        self._lag = Lag(self._in_hand)
        self.watchdog: Watchdog | None = None

    async def run(self) -> None:
        """Listens for ever; when Kafka is away it waits for it."""
        while True:
            try:
                await self._listen()
            except (KafkaError, OSError) as error:
                self._failures += 1
                metrics.CONSUMER_INTERRUPTIONS.inc()
                reason = await kafka.why(self._settings, error)
                log.warning("consumer.interrupted", error=type(error).__name__, failures=self._failures, reason=reason)
                await asyncio.sleep(min(5.0, pause(self._failures) * 5))

    async def _listen(self) -> None:
        """Listens until a password or certificate is rotated, or the database went back: then it begins anew."""
        secrets, places = kafka.stamp(self._settings), self._settler.places
        places.went_back = False
        broker, subscriber = self._listener()
        try:
            await broker.start()
            self.watchdog = Watchdog(subscriber, Coverage(self._settler.database, self._topics), self._lag)
            await self.watchdog.run(until=lambda: places.went_back or kafka.stamp(self._settings) != secrets)
            if places.went_back:
                log.info("consumer.begins_anew")
            else:
                log.info("consumer.secrets_rotated")
        finally:
            # A stop lets the batch in hand finish: its transaction and its offsets.
            await asyncio.shield(_end(broker, subscriber))

    def _listener(self) -> tuple[KafkaBroker, Any]:
        broker = KafkaBroker(
            list(self._settings.kafka_brokers),
            security=kafka.faststream_security(self._settings),
            client_id=self._settings.instance,
            consumer_only=True,
            metadata_max_age_ms=METADATA_MS,
            allow_auto_create_topics=False,
            graceful_timeout=GRACE_SECONDS,
            logger=None,
            apply_types=False,
        )
        rewinding = Rewinding(self._settler.database, self._settler.places)
        subscriber: Any = broker.subscriber(
            *self._topics,
            group_id=self._group,
            group_instance_id=f"{self._group}-{self._settings.instance}",
            batch=True,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            auto_offset_reset="earliest",
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            max_poll_interval_ms=MAX_POLL_MS,
            listener=rewinding,
            parser=_bare,
            decoder=_raw,
        )
        rewinding.subscriber = subscriber
        subscriber(self._on_batch)
        subscriber.get_msg = partial(_next_batch, rewinding)
        return broker, subscriber

    async def _on_batch(self, records: Sequence[Any]) -> None:
        self._in_hand.take(records)
        try:
            await self._settler.settle(records)
        except Exception as error:
            # Raising keeps the offsets; the pause keeps the redelivery from spinning.
            self._in_hand.give_back()
            self._failures += 1
            log.warning("batch.given_back", error=type(error).__name__, records=len(records))
            await asyncio.sleep(pause(min(self._failures, 10)))
            raise
        self._failures = 0
        self._in_hand.finish(records)


async def _end(broker: KafkaBroker, subscriber: Any) -> None:
    await watchdog.stop(subscriber)
    await broker.stop()


async def _next_batch(rewinding: Rewinding, consumer: Any) -> tuple[Any, ...]:
    """The next records, as soon as there are any.

    FastStream's own `get_msg` sleeps as long again after an empty poll: short polls keep an idle service busy,
    long ones make what comes meanwhile wait.
    """
    found = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
    return tuple(rewinding.only_ready(found))


async def _bare(records: tuple[Any, ...], original: Any) -> KafkaMessage:
    """A message around the raw records; no header or body is decoded."""
    message: KafkaMessage = await original((replace(records[0], headers=()),))
    message.raw_message = records
    return message


async def _raw(message: KafkaMessage, _original: Any) -> Any:
    return message.raw_message


def quiet_libraries() -> None:
    """With brokers down aiokafka writes 150-200 lines a second; the runtime says it once."""
    for name in ("aiokafka", "faststream"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
