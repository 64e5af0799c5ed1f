"""What a service does when it hears an event; `HEARS` is a tuple of these."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

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

    async def act(tx: Tx, heard: Sequence[Heard[Any]], now: datetime) -> None:
        for each in heard:
            tx.heard, tx.context = each, each.context
            await handler(tx, each.event, now=max(now, each.time))
        tx.heard = None

    return Reaction(event, _name(handler), act)


def on_each_batch(event: type[E], handler: BatchHandler[E]) -> Reaction:
    """Calls `handler` with neighbouring events of this type together: for projections of busy topics.

    What it tells continues the story of the last of them.
    """

    async def act(tx: Tx, heard: Sequence[Heard[Any]], now: datetime) -> None:
        tx.context = heard[-1].context
        await handler(tx, heard, now=max(now, *(each.time for each in heard)))

    return Reaction(event, _name(handler), act)


def _name(handler: object) -> str:
    return getattr(handler, "__name__", type(handler).__name__)
