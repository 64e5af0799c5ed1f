"""The same request sent twice changes things once and is answered the same: `Idempotency-Key`.

The answer is saved in the transaction of the change, so either both are there or neither. Who comes second
with the same key waits for the first and gets its answer. A refusal is not saved: it changed nothing.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from chassis.db import Tx
from chassis.errors import Invalid, Unavailable

T = TypeVar("T")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class Replay(Exception):
    """The request was answered before; the route need not run to its end."""

    def __init__(self, status: int, body: str | None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Request:
    """What makes two requests the same."""

    caller: str
    key: str
    sha256: bytes
    """Over method, path, query and body."""


def read_key(header: str | None) -> str | None:
    """The key as it was sent, with or without the quotes of a structured header."""
    if header is None:
        return None
    key = header.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise Invalid("give 1 to 200 visible ASCII characters, a UUID for example", field="Idempotency-Key")
    return key


async def once(
    tx: Tx,
    request: Request,
    work: Callable[[Tx], Awaitable[T]],
    *,
    status: int,
    body_of: Callable[[T], str | None],
) -> T:
    """Does the work and saves its answer, or raises the `Replay` of the answer saved before."""
    if not await _begin(tx, request):
        raise await _saved(tx, request)
    result = await work(tx)
    await tx.execute(
        "UPDATE idempotency_keys SET status = $3, body = $4 WHERE caller = $1 AND key = $2",
        request.caller,
        request.key,
        status,
        body_of(result),
    )
    return result


async def _begin(tx: Tx, request: Request) -> bool:
    """Whether this is the first; waits while another transaction holds the same key."""
    return bool(
        await tx.fetchval(
            "INSERT INTO idempotency_keys (caller, key, request_sha256, created_at) VALUES ($1, $2, $3, now())"
            " ON CONFLICT DO NOTHING RETURNING true",
            request.caller,
            request.key,
            request.sha256,
        )
    )


async def _saved(tx: Tx, request: Request) -> Exception:
    row = await tx.fetchrow(
        "SELECT request_sha256, status, body FROM idempotency_keys WHERE caller = $1 AND key = $2",
        request.caller,
        request.key,
    )
    if row is None or row["status"] is None:
        return Unavailable("The first request with this key has just ended. Please send it again.")
    if row["request_sha256"] != request.sha256:
        return Invalid(
            "this key was used for another request; take a new key for a new request", field="Idempotency-Key"
        )
    return Replay(row["status"], row["body"])
