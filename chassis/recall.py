"""Notices that the database has gone back (a restore, a standby that lacked the last commits), and mends it.

Before the relay sends anything on a new connection, it reads what lies on our own topics behind the position that
this database knows. Mostly that is nothing, or what was sent a moment before a crash. An event beyond what this
database has told means that it is older than the topics. Then the stories are numbered on behind it, so that no
number is ever used twice; each event is written down (`told_before`); and the service may take it up, or say again
how things stand.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import TopicAuthorizationFailedError

from chassis import kafka, positions, told_before
from chassis.db import TRANSIENT, Tx
from chassis.envelope import Heard, open_record
from chassis.errors import DomainError
from chassis.positions import Place
from chassis.settings import KafkaSettings
from chassis.stories import told_from
from chassis.told_before import Told
from contracts.event import Event

if TYPE_CHECKING:
    from chassis.running import Running

E = TypeVar("E", bound=Event)
E_contra = TypeVar("E_contra", bound=Event, contravariant=True)
log = structlog.get_logger()

BATCH = 1000
POLL_MS, PATIENCE = 500, 60
"""Empty polls in a row after which the reader is taken for stuck."""
_OURS = re.compile("[0-9]{1,18}")


class RecallHandler(Protocol[E_contra]):
    """Looks at an event of its own service that the state knows nothing of."""

    def __call__(self, tx: Tx, event: E_contra, *, now: datetime) -> Awaitable[object]:
        """Makes it so, or tells how things stand instead. What it tells word for word as before is not told again."""
        ...


@dataclass(frozen=True)
class Recall(Generic[E]):
    """An event of the service's own and what it does when it finds it on the topic and not in its state."""

    event: type[E]
    handler: RecallHandler[E]


def recall(event: type[E], handler: RecallHandler[E]) -> Recall[E]:
    """Calls `handler` with each such event, in order; on a compacted topic with the last of each key."""
    return Recall(event, handler)


class Recaller:
    """What one process asks before it sends anything. `done` is set once the answer was found for the first time."""

    def __init__(self, running: "Running") -> None:
        self._running = running
        self._recalls = {each.event.event_type(): each for each in running.service.recalls}
        self._compacted = {event.topic.name for event in running.service.tells if event.topic.compacted}
        self.done = asyncio.Event()

    async def look(self) -> None:
        """Compares the topics with the database, and takes in what only the topics know."""
        topics = sorted({event.topic.name for event in self._running.service.tells})
        if topics:
            try:
                await self._compare(topics)
            except TopicAuthorizationFailedError as error:
                # Sending goes on: it is what it was before anybody looked.
                log.error("recall.refused", topics=topics, reason=f"the user may not read them: {error}")  # noqa: TRY400
        memory = self._running.told_before
        memory.open = await self._running.database.run(told_before.any_open, read_only=True)
        self.done.set()

    async def _compare(self, topics: Sequence[str]) -> None:
        database = self._running.database
        known = await database.run(lambda tx: positions.read(tx, "told"), read_only=True)
        async with aclosing(_behind(self._running.settings, topics, known)) as behind:
            async for place, records in behind:
                await database.run(lambda tx, p=place, r=records: self.take_in(tx, p, r), repeatable=True)  # type: ignore[misc]

    async def take_in(self, tx: Tx, place: Place, records: Sequence[Any]) -> None:
        """Takes in what lies next in a partition of ours; mostly all of it is known."""
        told = {each.event_id: each for record in records if (each := _told(record))}
        unknown = await told_before.take_in(tx, list(told.values()))
        await positions.put(tx, "told", {place: records[-1].offset + 1})
        if unknown:
            self._running.told_before.open = True
            log.error("database.went_back", topic=place[0], partition=place[1], **_extent(unknown))
            for each in self._to_recall(unknown):
                await self._recall(tx, each)

    def _to_recall(self, unknown: Sequence[Told]) -> list[Told]:
        """In their order; of a compacted topic only the last of each key counts."""
        last = {each.key: each for each in unknown}
        return [each for each in unknown if each.topic not in self._compacted or last[each.key] is each]

    async def _recall(self, tx: Tx, told: Told) -> None:
        """Lets the service look at it. What cannot be taken up stays open, and holds up nothing."""
        recall = self._recalls.get(told.type)
        if recall is None:
            return
        before = list(tx.told), dict(tx.timers)
        try:
            heard = _open(recall.event, told)
            async with tx.connection.transaction():
                tx.context, tx.heard = heard.context, heard
                await tx.execute("SET CONSTRAINTS ALL DEFERRED")
                await recall.handler(tx, heard.event, now=max(self._running.clock.now(), heard.time))
                await tx.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except TRANSIENT:
            raise
        except DomainError as error:
            tx.told[:], tx.timers = before
            log.warning("recall.impossible", event_type=told.type, event_id=str(told.event_id), reason=str(error))
        except Exception as error:
            tx.told[:], tx.timers = before
            log.exception("recall.failed", event_type=told.type, event_id=str(told.event_id), exc_info=error)
        finally:
            tx.heard = None


@asynccontextmanager
async def _reader(settings: KafkaSettings, topics: Sequence[str]) -> AsyncIterator[tuple[Any, list[TopicPartition]]]:
    """A reader without a group, and all partitions of those topics that are there."""
    admin = AIOKafkaAdminClient(**kafka.connection(settings))
    consumer = AIOKafkaConsumer(**kafka.connection(settings), enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        await admin.start()
        found = await admin.describe_topics(list(topics))
        await consumer.start()
        yield (
            consumer,
            [TopicPartition(each["topic"], one["partition"]) for each in found for one in each["partitions"]],
        )
    finally:
        await consumer.stop()
        await admin.close()


async def _behind(
    settings: KafkaSettings, topics: Sequence[str], known: dict[Place, int]
) -> AsyncGenerator[tuple[Place, list[Any]], None]:
    """What lies on the topics beyond what is known, partition by partition, up to this moment."""
    async with _reader(settings, topics) as (consumer, places):
        consumer.assign(places)
        for place in places:
            consumer.seek(place, known.get(place, 0))
        ends = await consumer.end_offsets(places) if places else {}
        for place in places:
            if known.get(place, 0) > ends[place]:  # another topic of the same name: a cluster that was moved
                log.warning("topic.begins_anew", topic=place.topic, partition=place.partition)
                consumer.seek(place, 0)
        left = {place for place in places if known.get(place, 0) != ends[place]}
        in_vain = 0
        while left := {place for place in left if await consumer.position(place) < ends[place]}:
            found = await consumer.getmany(*left, timeout_ms=POLL_MS, max_records=BATCH)
            in_vain = 0 if found else in_vain + 1
            if in_vain > PATIENCE:
                raise TimeoutError("nothing more comes from the topics")
            for place, records in found.items():
                yield (place.topic, place.partition), records


def _told(record: Any) -> Told | None:
    """What a record tells, if it is an event of a shape that we could have told."""
    story = told_from(record)
    if story is None or record.value is None or not _OURS.fullmatch(story.sequence) or "\0" in story.key + story.type:
        return None
    try:
        event_id, told_at = UUID(story.id), datetime.fromisoformat(story.time)
    except ValueError:
        return None
    if told_at.tzinfo is None:
        return None
    number = int(story.sequence)
    return Told(event_id, story.topic, story.key, number, story.type, told_at, record.value, record)


def _open(kind: type[Event], told: Told) -> Heard[Event]:
    record = told.record
    return open_record(kind, topic=told.topic, key=record.key, value=record.value, headers=record.headers)


def _extent(unknown: Sequence[Told]) -> dict[str, Any]:
    """For the log: how much, from when to when."""
    instants = [each.told_at for each in unknown]
    return {"events": len(unknown), "since": min(instants).isoformat(), "until": max(instants).isoformat()}
