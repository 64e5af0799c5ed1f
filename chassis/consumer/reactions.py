"""What a service does when it hears an event; `HEARS` is a tuple of these."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from opentelemetry.trace import SpanKind
from structlog.contextvars import bound_contextvars

from chassis import spans, tracing
from chassis.db import Tx
from chassis.envelope import Heard
from contracts.event import Event

E = TypeVar("E", bound=Event)
E_contra = TypeVar("E_contra", bound=Event, contravariant=True)


class Handler(Protocol[E_contra]):
    """Acts on one event."""

    def __call__(self, tx: Tx, event: E_contra, *, now: datetime) -> Awaitable[object]:
        """Acts in the given transaction; raises what went wrong."""
        ...


class BatchHandler(Protocol[E_contra]):
    """Acts on several events of one type at once, in their order."""

    def __call__(self, tx: Tx, heard: Sequence[Heard[E_contra]], *, now: datetime) -> Awaitable[object]:
        """Acts in the given transaction; raises what went wrong."""
        ...


@dataclass(frozen=True)
class Reaction:
    """An event and the function that acts on it."""

    event: type[Event]
    name: str
    act: Callable[[Tx, Sequence[Heard[Any]], datetime], Awaitable[None]]


def on(event: type[E], handler: Handler[E]) -> Reaction:
    """Calls `handler` with each event of this type, one by one; `tx.heard` says where it came from."""
    name = _name(handler)

    async def act(tx: Tx, heard: Sequence[Heard[Any]], now: datetime) -> None:
        for each in heard:
            with _continuing(tx, (each,), name):
                tx.heard = each
                await handler(tx, each.event, now=max(now, each.time))
        tx.heard = None

    return Reaction(event, name, act)


def on_each_batch(event: type[E], handler: BatchHandler[E]) -> Reaction:
    """Calls `handler` with neighbouring events of this type together: for projections of busy topics.

    What it tells continues the story of the last of them.
    """
    name = _name(handler)

    async def act(tx: Tx, heard: Sequence[Heard[Any]], now: datetime) -> None:
        with _continuing(tx, heard, name):
            await handler(tx, heard, now=max(now, *(each.time for each in heard)))

    return Reaction(event, name, act)


def _name(handler: object) -> str:
    return getattr(handler, "__name__", type(handler).__name__)


@contextmanager
def _continuing(tx: Tx, together: Sequence[Heard[Any]], name: str) -> Iterator[None]:
    """What is told and logged meanwhile belongs to the same story and trace as the last of these events."""
    heard = together[-1]
    links = [each.context.traceparent for each in together[:-1]] if tracing.is_on() else ()
    with tracing.continued(heard.context.traceparent, name, SpanKind.CONSUMER, links=links) as span:
        if span.is_recording():
            spans.process(span, heard, handler=name, count=len(together))
        tx.context = heard.context._replace(traceparent=tracing.traceparent(span))
        ids = {"correlation_id": heard.context.correlation_id, "causation_id": heard.id, "trace_id": tracing.trace_id()}
        with bound_contextvars(**{key: str(value) for key, value in ids.items() if value}):
            yield
