"""Every message ends one of three ways: done, tried again, parked. This is where that is decided, once."""

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from chassis import metrics
from chassis.clock import Clock
from chassis.consumer import batch, parking
from chassis.consumer.batch import Tally
from chassis.consumer.messages import Message, Record, sort_in
from chassis.consumer.places import Places, WentBack
from chassis.consumer.reactions import Reaction
from chassis.db import TRANSIENT, CommitUnknown, Database, Tx
from chassis.envelope import first_line
from chassis.positions import Place

log = structlog.get_logger()

TRIES = 8


class Settler:
    """Takes batches of records to their end. Raises when the database stays away or went back: no ack."""

    def __init__(self, database: Database, clock: Clock, *, consumer: str, reactions: Mapping[str, Reaction]) -> None:
        self.database = database
        self._clock = clock
        self._consumer = consumer
        self._reactions = reactions
        self.places = Places()

    async def settle(self, records: Sequence[Record]) -> None:
        """Acts on what is heard here, skips what is not, parks what is broken."""
        messages = []
        for record in records:
            sorted_in = sort_in(record, self._reactions)
            if isinstance(sorted_in, Message):
                messages.append(sorted_in)
            else:
                metrics.EVENTS_HANDLED.labels(type="any", outcome=f"skipped-{sorted_in}").inc()
        if messages:
            await self._settle(messages)
        else:
            await self.places.pass_over(self.database, records)

    async def _settle(self, messages: Sequence[Message]) -> None:
        """Tries all at once; a permanent error is bisected down to the one message, which is parked."""
        now = self._clock.now()
        try:
            await self._apply(messages, now)
        except (*TRANSIENT, CommitUnknown, WentBack):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises must end in the parked table
            if len(messages) == 1:
                await self._park(messages[0], error)
                return
            middle = len(messages) // 2
            await self._settle(messages[:middle])
            await self._settle(messages[middle:])

    async def _apply(self, messages: Sequence[Message], now: datetime) -> None:
        started = time.perf_counter()

        async def work(tx: Tx) -> tuple[dict[Place, int], Tally]:
            ends = await self.places.move(tx, [message.record for message in messages])
            return ends, await batch.apply(tx, messages, consumer=self._consumer, now=now)

        ends, tally = await self.database.run(
            work,
            context=None,
            repeatable=True,  # the inbox drops what an unknown commit has already done
            tries=TRIES,
        )
        self.places.moved(ends)
        _count(tally)
        self._report(messages, time.perf_counter() - started)

    def _report(self, messages: Sequence[Message], seconds: float) -> None:
        """One line per batch; with the log level `debug` one per event too (that costs half the throughput)."""
        counts = Counter(message.type or "none" for message in messages)
        log.info("batch.handled", records=len(messages), types=dict(counts), duration_ms=round(seconds * 1000, 1))
        if log.is_enabled_for(logging.DEBUG):
            for message in messages:
                log.debug("event.handled", **parking.where(message))

    async def _park(self, message: Message, error: Exception) -> None:
        reason = f"{type(error).__name__}: {first_line(error)}"
        if not message.broken:
            log.error("event.failed", **parking.where(message), exc_info=error)
        await self.database.run(
            lambda tx: parking.park(tx, [message], consumer=self._consumer, reason=reason),
            repeatable=True,
            tries=TRIES,
        )
        metrics.EVENTS_HANDLED.labels(type=message.type or "none", outcome="parked").inc()


def _count(tally: Tally) -> None:
    """Counts after the commit: a batch that is tried again counts once."""
    for outcome, messages in tally._asdict().items():
        for kind, count in Counter(message.type or "none" for message in messages).items():
            metrics.EVENTS_HANDLED.labels(type=kind, outcome=outcome.removesuffix("s")).inc(count)
    ages = {kind: metrics.EVENT_AGE_SECONDS.labels(type=kind) for kind in {message.type for message in tally.handled}}
    now = time.time()
    for message in tally.handled:
        ages[message.type].observe(max(0.0, now - message.told_at))
