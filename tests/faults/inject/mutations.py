"""The chassis with one of its guards taken out: the suite must notice each of them, or it proves nothing."""

import os
import re
from types import SimpleNamespace
from typing import Any

GUARD = re.compile(r"WHERE \w+\.sequence < excluded\.sequence")
FIVE = ("outbox-bypassed", "inbox-removed", "advisory-lock-removed", "ack-policy-default", "sequence-guard-removed")


def apply(name: str) -> None:
    """Mutates this process; what is mutated in the database itself (IN_DATABASE) needs nothing here."""
    if name not in IN_DATABASE:
        {
            "outbox-bypassed": _bypass_the_outbox,
            "ack-policy-default": _take_the_default_ack_policy,
            "sequence-guard-removed": _remove_the_sequence_guard,
        }[name]()


def _bypass_the_outbox() -> None:
    """What is told goes straight to Kafka while the transaction is still open, as a newcomer might write it."""
    from aiokafka import AIOKafkaProducer

    from chassis import outbox
    from chassis.envelope import seal

    producers: list[AIOKafkaProducer] = []

    async def flush(tx: Any, *, source: str) -> None:
        if not tx.told:
            return
        if not producers:
            producers.append(AIOKafkaProducer(bootstrap_servers=os.environ["MENTORING_KAFKA_BROKERS"].split(",")))
            await producers[0].start()
        for event, now, context in tx.told:
            number = getattr(event, "number", 1)
            sealed = seal(event, source=source, sequence=number, now=now, context=context)
            wire = [(header, value.encode()) for header, value in sealed.headers.items()]
            await producers[0].send_and_wait(sealed.topic, sealed.body.encode(), key=sealed.key.encode(), headers=wire)

    outbox.flush = flush


def _take_the_default_ack_policy() -> None:
    """FastStream's own default, which commits offsets by the clock; and Kafka's word is taken for it.

    Who rewinds to where the database is would mend what the default loses, so that guard goes with it.
    """
    from faststream import AckPolicy  # noqa: TID251 - the default that the chassis must not have

    from chassis.consumer import places, runtime

    async def as_kafka_says(self: Any, place: Any, _known: Any, _end: Any) -> int:
        return int(await self.subscriber.consumer.committed(place) or 0)

    runtime.AckPolicy = SimpleNamespace(NACK_ON_ERROR=AckPolicy.ACK_FIRST)
    places.Rewinding._align = as_kafka_says


def _remove_the_sequence_guard() -> None:
    """Every `WHERE x.sequence < excluded.sequence` is gone from what is sent to PostgreSQL."""
    import asyncpg

    for method in ("execute", "fetch", "fetchrow", "fetchval", "executemany"):
        setattr(asyncpg.Connection, method, _without_guard(getattr(asyncpg.Connection, method)))


def _without_guard(original: Any) -> Any:
    async def mutated(self: Any, query: str, *args: Any, **kwargs: Any) -> Any:
        return await original(self, GUARD.sub("", query), *args, **kwargs)

    return mutated


IN_DATABASE = {
    # Without its key the inbox takes every delivery for the first one.
    "inbox-removed": "ALTER TABLE {hearer}.inbox DROP CONSTRAINT inbox_pkey",
    # A function of the same name, found first, that gives the lock to whoever asks.
    "advisory-lock-removed": (
        "CREATE FUNCTION {teller}.pg_try_advisory_lock(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';"
        "ALTER ROLE {teller}_app SET search_path = {teller}, pg_catalog"
    ),
}
"""Mutations of the database; the rig runs them before anything starts."""
