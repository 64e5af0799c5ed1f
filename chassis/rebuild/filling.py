"""Fills the second table with what the topics hold, by the same functions that fill the live one."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from chassis.consumer.messages import Message, sort_in
from chassis.db import Tx
from chassis.envelope import Context
from chassis.rebuild.model import ReadModel


class TellsSomething(AssertionError):
    """What fills a read model has told an event, set a timer or woken a job: it does more than fill."""


class Filling:
    """Takes records up into the second table of one model."""

    def __init__(self, connection: Any, model: ReadModel, discarded: Collection[UUID]) -> None:
        self._connection = connection
        self._reactions = model.reactions
        self._discarded = discarded
        self.topics = model.topics
        self.events = 0

    async def take_up(self, records: Sequence[Any]) -> None:
        """Takes up what this model is filled from. What the live consumer could not read either is parked there."""
        messages = [message for record in records if isinstance(message := sort_in(record, self._reactions), Message)]
        fresh = [message for message in messages if message.heard and message.event_id not in self._discarded]
        if not fresh:
            return
        async with self._connection.transaction():
            tx = Tx(self._connection, Context.fresh())
            for reaction, group in groupby(fresh, key=lambda message: message.reaction):
                assert reaction is not None  # noqa: S101 - `sort_in` gives one to whatever it can read
                await reaction.act(tx, [message.heard for message in group if message.heard], datetime.now(UTC))
        if tx.told or tx.timers or tx.wakes:
            raise TellsSomething("what fills a read model may only write its table")
        self.events += len(fresh)
