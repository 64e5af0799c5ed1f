"""One transaction per batch: inbox rows, effects and outbox rows are saved together or not at all."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from chassis.consumer import parking
from chassis.consumer.messages import Message
from chassis.db import Tx

_FIRST_TIME = """
INSERT INTO inbox (consumer, event_id) SELECT $1, id FROM unnest($2::uuid[]) AS id ORDER BY id
ON CONFLICT DO NOTHING RETURNING event_id
"""
_FIRST_TIME_IF_NOTHING_IS_PARKED = _FIRST_TIME.replace("ORDER", f"WHERE NOT ({parking.ANY}) ORDER")


class Tally(NamedTuple):
    """What became of the messages of a batch."""

    handled: Sequence[Message] = ()
    duplicates: Sequence[Message] = ()
    parked: Sequence[Message] = ()
    """Behind a parked message of their key."""


class CannotRead(ValueError):
    """The message is not an event that this service can read."""


async def apply(tx: Tx, messages: Sequence[Message], *, consumer: str, now: datetime) -> Tally:
    """Acts on each message that is new; what stands behind a parked one of its key is parked too."""
    parked: list[Message] = []
    # Mostly nothing is parked: then one statement finds out both that and what is new.
    fresh = await _first_time(tx, messages, consumer, _FIRST_TIME_IF_NOTHING_IS_PARKED) if _readable(messages) else []
    if not fresh:
        messages, parked = await _unblocked(tx, messages, consumer)
        fresh = await _first_time(tx, messages, consumer, _FIRST_TIME)
    for reaction, group in groupby(fresh, key=lambda message: message.reaction):
        assert reaction is not None  # noqa: S101 - `sort_in` gives one to whatever it can read
        await reaction.act(tx, [message.heard for message in group if message.heard], now)
    new = {id(message) for message in fresh}
    return Tally(fresh, [message for message in messages if id(message) not in new], parked)


def _readable(messages: Sequence[Message]) -> bool:
    return not any(message.broken for message in messages)


async def _unblocked(tx: Tx, messages: Sequence[Message], consumer: str) -> tuple[list[Message], list[Message]]:
    """Those that stand behind no parked message of their key; and the others, which are parked."""
    blocked = await parking.stories(tx, {message.story for message in messages})
    behind = [message for message in messages if message.story in blocked]
    if behind:
        await parking.park(tx, behind, consumer=consumer, reason="stands behind a parked message of the same key")
    return [message for message in messages if message.story not in blocked], behind


async def _first_time(tx: Tx, messages: Sequence[Message], consumer: str, statement: str) -> list[Message]:
    """Those never heard before, in order; the others are dropped."""
    for message in messages:
        if message.broken:
            raise CannotRead(message.broken)
    by_id: dict[UUID, Message] = {}
    for message in messages:
        assert message.event_id is not None  # noqa: S101 - it is not broken
        by_id.setdefault(message.event_id, message)  # the same event twice in one batch counts once
    if not by_id:
        return []
    new = {row["event_id"] for row in await tx.fetch(statement, consumer, list(by_id))}
    return [message for event_id, message in by_id.items() if event_id in new]
