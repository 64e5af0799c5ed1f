"""One story across all services, from the topics alone: what happened, and what led to what."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from contracts.event import PREFIX


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it lies on a topic, without its body: a trace may be shown to anybody on call."""

    id: str
    type: str
    source: str
    time: str
    key: str
    sequence: str
    correlation_id: str
    causation_id: str | None
    topic: str
    partition: int
    offset: int
    recorded: int = field(default=0, compare=False)
    """When its row was written, in milliseconds of real time: it orders events of one instant of a test clock."""
    body: bytes = field(default=b"", repr=False, compare=False)
    """Never shown; read for the ids in it alone."""

    @property
    def story(self) -> tuple[str, str]:
        """Topic and key."""
        return self.topic, self.key

    @property
    def begins_its_story(self) -> bool:
        """Whether it is the first event about its key."""
        return self.sequence == "1"

    @property
    def name(self) -> str:
        """`match-proposed` for mentoring.match-proposed.v1."""
        return self.type.removeprefix(f"{PREFIX}.").rpartition(".v")[0] or self.type

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {name: value for name, value in asdict(self).items() if name not in {"body", "recorded"}}


def told_from(record: Any) -> Told | None:
    """What a Kafka record tells; None if it is not an event."""
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    if not headers.get("ce_id") or not headers.get("ce_type"):
        return None
    return Told(
        id=headers["ce_id"],
        type=headers["ce_type"],
        source=headers.get("ce_source", ""),
        time=headers.get("ce_time", ""),
        key=headers.get("ce_subject", ""),
        sequence=headers.get("ce_sequence", ""),
        # Without one, an event is the beginning of its own story.
        correlation_id=headers.get("ce_correlationid") or headers["ce_id"],
        causation_id=headers.get("ce_causationid"),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        recorded=getattr(record, "timestamp", 0),
        body=getattr(record, "value", None) or b"",
    )


async def follow(read: Callable[[], AsyncIterator[Told]], wanted: str) -> list[Told]:
    """All events of the story with this correlation id, or of the one that this event belongs to; each once.

    The topics are read once, and a second time if an event's id was given: what it belongs to is known only then.
    """
    story: dict[str, Told] = {}
    belongs_to = wanted
    async for told in read():
        if told.correlation_id == wanted:
            story.setdefault(told.id, told)
        if told.id == wanted:
            belongs_to = told.correlation_id
    if belongs_to != wanted:
        return await follow(read, belongs_to)
    return list(story.values())


def tree(story: Iterable[Told]) -> Iterator[tuple[int, Told]]:
    """Each event after the one that caused it, deeper by one; siblings in the order of their time."""
    events = sorted(story, key=lambda told: (told.time, told.recorded, told.topic, told.partition, told.offset))
    ids = {told.id for told in events}
    led_to: dict[str | None, list[Told]] = defaultdict(list)
    for told in events:
        led_to[told.causation_id if told.causation_id in ids else None].append(told)
    waiting = [(0, told) for told in reversed(led_to[None])]
    while waiting:
        depth, told = waiting.pop()
        yield depth, told
        waiting += [(depth + 1, each) for each in reversed(led_to[told.id])]
