"""CloudEvents 1.0 in Kafka binary mode: the value is the event as plain JSON, everything else is a header.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from pydantic import ValidationError
from uuid_utils.compat import uuid7

from contracts.event import Event, in_utc

E_co = TypeVar("E_co", bound=Event, covariant=True)
MAX_BODY = 900_000
"""Bytes; below the broker's default limit for a record, with room for headers."""

_SCHEMAS = "https://mentoring.example/schemas"
_REQUIRED = ("ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_sequence")


class Malformed(ValueError):
    """The record is not an event. The message says what is wrong with it."""


class Context(NamedTuple):
    """Which story an event belongs to: it goes along through every event that follows."""

    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None

    @classmethod
    def fresh(cls) -> "Context":
        """The beginning of a story."""
        return cls(correlation_id=new_id())


class Heard(NamedTuple, Generic[E_co]):
    """An event as it came from the topic. (A tuple, since one is made for each: half the price of a frozen class.)"""

    event: E_co
    id: UUID
    sequence: int
    topic: str
    key: str
    time: datetime
    context: Context


@dataclass(frozen=True)
class Sealed:
    """An event ready for the outbox."""

    topic: str
    key: str
    event_id: UUID
    headers: dict[str, str]
    body: str

    @property
    def story(self) -> tuple[str, str]:
        """Topic and key."""
        return self.topic, self.key


def new_id() -> UUID:
    """A UUIDv7: unique, and young ones sort last."""
    return uuid7()


def seal(event: Event, *, source: str, now: datetime, context: Context, sequence: int | None = None) -> Sealed:
    """Puts an event into its envelope. Its number in the story is added by who knows it, if that is not the caller."""
    event_id, key, kind = new_id(), event.key, event.event_type()
    headers = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(event_id),
        "ce_source": f"/mentoring/{source}",
        "ce_type": kind,
        "ce_subject": key,
        "ce_time": _told_at(now),
        "ce_dataschema": f"{_SCHEMAS}/{kind}.json",
        "ce_correlationid": str(context.correlation_id),
    }
    if sequence is not None:
        headers["ce_sequence"] = str(sequence)
    if context.causation_id:
        headers["ce_causationid"] = str(context.causation_id)
    if context.traceparent:
        headers["traceparent"] = context.traceparent
    return Sealed(event.topic.name, key, event_id, headers, event.body())


_told_at = lru_cache(maxsize=16)(in_utc)  # a transaction tells many events at one instant


Headers = Sequence[tuple[str, bytes | None]]
"""As they come from Kafka; other clients may leave a value out."""


def type_of(headers: Headers) -> str | None:
    """The CloudEvents type, if the record says one."""
    for name, value in headers:
        if name == "ce_type":
            return (value or b"").decode("utf-8", "replace")
    return None


def open_record(kind: type[Event], *, topic: str, key: bytes | None, value: bytes, headers: Headers) -> Heard[Event]:
    """Reads a record as an event of `kind`; `Malformed` says what is wrong."""
    texts = _texts(headers)
    try:
        event_id = UUID(texts["ce_id"])
        heard = Heard(
            event=kind.read(value),
            id=event_id,
            sequence=_sequence(texts["ce_sequence"]),
            topic=topic,
            key=texts["ce_subject"],
            time=_instant(texts["ce_time"]),
            context=_context(texts, event_id),
        )
    except (ValueError, OverflowError, RecursionError) as error:
        raise Malformed(first_line(error)) from error
    if heard.event.key != heard.key or (key or b"").decode("utf-8", "replace") != heard.key:
        raise Malformed("key, ce_subject and body name different aggregates")
    return heard


def _texts(headers: Headers) -> dict[str, str]:
    try:
        texts = {name: (value or b"").decode() for name, value in headers}
    except UnicodeDecodeError as error:
        raise Malformed("a header is not UTF-8") from error
    missing = [name for name in _REQUIRED if not texts.get(name)]
    if missing:
        raise Malformed(f"headers missing: {', '.join(missing)}")
    return texts


def _sequence(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004 - fits a bigint
        raise ValueError("ce_sequence is not a positive whole number")
    return int(text)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("ce_time has no time zone")
    return at.astimezone(UTC)


def _context(texts: dict[str, str], event_id: UUID) -> Context:
    """What follows from this event: same story, caused by it."""
    correlation = texts.get("ce_correlationid")
    return Context(
        correlation_id=_correlation(correlation) if correlation else event_id,
        causation_id=event_id,
        traceparent=texts.get("traceparent"),
    )


@lru_cache(maxsize=64)  # what one transaction told comes in a row
def _correlation(text: str) -> UUID:
    return UUID(text)


def first_line(error: Exception) -> str:
    """What an error says, in a line; of a value that was refused only where it stood, never what it was."""
    if isinstance(error, ValidationError):
        problem = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, problem['loc'])) or 'body'}: {problem['msg']}"[:300]
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
