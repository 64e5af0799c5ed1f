"""What came in from a topic, sorted into what to handle, what to skip by rule and what is broken."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from chassis.consumer.reactions import Reaction
from chassis.envelope import Headers, Heard, Malformed, open_record, type_of
from contracts.event import PREFIX

LONGEST_KEY = 200
"""Characters. Ids of ours have 64 at most; an index entry of PostgreSQL holds 2 700 bytes."""


class Record(Protocol):
    """A Kafka record, as aiokafka gives it."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


class Message(NamedTuple):
    """A record that this service must act on; `broken` says why it cannot be read."""

    record: Any
    story: tuple[str, str | None]
    """Topic and key: what follows for the same aggregate must not overtake it."""
    type: str | None
    heard: Heard[Any] | None
    reaction: Reaction | None
    broken: str | None = None

    @property
    def key(self) -> str | None:
        """The aggregate whose story it belongs to."""
        return self.story[1]

    @property
    def told_at(self) -> float:
        """When its row was written, in real seconds: the record's timestamp, which no test clock moves."""
        return float(getattr(self.record, "timestamp", 0)) / 1000

    @property
    def event_id(self) -> UUID | None:
        """Its id, if it could be read."""
        return self.heard.id if self.heard else None


def _story(record: Record) -> tuple[str, str | None]:
    return record.topic, _storable(record.key) if record.key is not None else None


def _storable(key: bytes) -> str:
    """The key as PostgreSQL can keep and index it: no NUL, and not longer than an index takes."""
    text = key.decode("utf-8", "backslashreplace").replace("\0", "\\0")
    return text if len(text) <= LONGEST_KEY else f"{text[:LONGEST_KEY]}…{hashlib.sha256(key).hexdigest()}"


def sort_in(record: Record, reactions: Mapping[str, Reaction]) -> Message | str:
    """The message to act on, or why the record is skipped by rule.

    Skipped: tombstones (a compacted key that was removed), types of others, types nobody here hears.
    Broken: no type at all, and a known type whose envelope or body does not hold.
    """
    if record.value is None:
        return "tombstone"
    kind = type_of(record.headers)
    if not kind:
        return Message(record, _story(record), None, None, None, broken="header ce_type is missing: not an event")
    reaction = reactions.get(kind)
    if not reaction:
        return "not-heard" if kind.startswith(f"{PREFIX}.") else "foreign"
    try:
        heard = open_record(
            reaction.event, topic=record.topic, key=record.key, value=record.value, headers=record.headers
        )
    except Malformed as error:
        return Message(record, _story(record), kind, None, reaction, broken=str(error))
    return Message(record, _story(record), kind, heard, reaction)
