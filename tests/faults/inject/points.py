"""Places in a process at which it can be made to die or to stand still, exactly there, at the n-th passage.

Most are set on the libraries below the chassis (asyncpg, aiokafka), so that they hold however the chassis is
rewritten; the few that name a function of the chassis stop the start when it is gone.
"""

import functools
import itertools
import os
import re
import signal
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import aiokafka
import asyncpg
from asyncpg import transaction

DELETES_SENT = re.compile(r"DELETE\s+FROM\s+outbox", re.IGNORECASE)
DOING: ContextVar[str] = ContextVar("DOING", default="")
"""Whose transaction it is: `consumer` while a batch is handled, `api` while a request changes things."""

Pass = Callable[[], None]


def arm(name: str, passage: int, action: str) -> None:
    """Lets this process meet its fault at that passage of that point."""
    number = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}[action]
    passages = itertools.count(1)

    def passed() -> None:
        if next(passages) == passage:
            os.kill(os.getpid(), number)

    _say_who_commits()
    POINTS[name](passed)


def _around(owner: Any, name: str, *, before: Pass | None = None, after: Pass | None = None, when=lambda *_: True):
    """Wraps an asynchronous method; `when` is asked with its arguments whether this call counts."""
    original = getattr(owner, name)

    @functools.wraps(original)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        counts = when(*args)
        if before and counts:
            before()
        answer = await original(*args, **kwargs)
        if after and counts:
            after()
        return answer

    setattr(owner, name, wrapped)


def _say_who_commits() -> None:
    from chassis.consumer.settle import Settler
    from chassis.http.call import Call

    for owner, method, who in ((Settler, "settle", "consumer"), (Call, "change", "api")):
        _around(owner, method, before=functools.partial(DOING.set, who))


def _commit(who: str, **when_to_act: Pass) -> None:
    _around(transaction.Transaction, "commit", when=lambda *_: DOING.get() == who, **when_to_act)


def _deleting(**when_to_act: Pass) -> None:
    for method in ("execute", "fetch", "fetchval", "executemany"):
        _around(asyncpg.Connection, method, when=lambda _, query, *__: DELETES_SENT.search(query), **when_to_act)


def _settling(passed: Pass) -> None:
    from chassis.consumer.settle import Settler

    _around(Settler, "settle", before=passed)


def _inside(passed: Pass) -> None:
    from chassis.consumer import batch

    _around(batch, "apply", after=passed)


def _answering(passed: Pass) -> None:
    from chassis.http.call import Call

    _around(Call, "change", after=passed)


POINTS: dict[str, Callable[[Pass], None]] = {
    "relay.sending": lambda passed: _around(aiokafka.AIOKafkaProducer, "send_batch", before=passed),
    "relay.acknowledged": lambda passed: _deleting(before=passed),
    "relay.deleted": lambda passed: _deleting(after=passed),
    "consumer.received": _settling,
    "consumer.inside": _inside,
    "consumer.committing": lambda passed: _commit("consumer", before=passed),
    "consumer.committed": lambda passed: _commit("consumer", after=passed),
    "offset.committing": lambda passed: _around(aiokafka.AIOKafkaConsumer, "commit", before=passed),
    "offset.committed": lambda passed: _around(aiokafka.AIOKafkaConsumer, "commit", after=passed),
    "api.committing": lambda passed: _commit("api", before=passed),
    "api.committed": lambda passed: _commit("api", after=passed),
    "api.answering": _answering,
}
"""relay: carrying the outbox. consumer: one batch. offset: its offsets. api: one request that changes things."""
