"""What a route is handed: who calls, what time it is, and one transaction to read or change things in."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
from fastapi import Depends, Request
from pydantic import BaseModel, TypeAdapter
from starlette.exceptions import HTTPException

from chassis import tracing
from chassis.db import AWAY, TRANSIENT, Tx
from chassis.envelope import Context
from chassis.errors import Forbidden, Invalid, Unavailable
from chassis.http import etags, idempotency
from chassis.http.refusals import limit_of
from chassis.http.scope import Served
from chassis.http.tokens import ROLES, Caller

if TYPE_CHECKING:
    from chassis.running import Running

T = TypeVar("T")
Work = Callable[[Tx], Awaitable[T]]

_BAD_VALUE = (asyncpg.DataError, asyncpg.exceptions._base.DataError)  # noqa: SLF001 - asyncpg exports only one of its two


class Call:
    """One request of somebody whose token and role were checked."""

    def __init__(self, request: Request, served: Served, caller: Caller, running: "Running") -> None:
        self._request = request
        self._served = served
        self._changed = False
        self.caller = caller
        self.running = running
        self.now: datetime = running.clock.now()

    @property
    def settings(self) -> Any:
        """The service's settings."""
        return self.running.settings

    @property
    def pool(self) -> asyncpg.Pool:
        """Connections to the service's schema, for what fits into neither `read` nor `change`."""
        return self.running.pool

    @property
    def if_match(self) -> str | None:
        """The `If-Match` header as it was sent."""
        return self._request.headers.get("if-match")

    def check_match(self, version: object) -> None:
        """Refuses the change if it was made on another version (412) or does not say on which (428)."""
        etags.check(self.if_match, version)

    async def read(self, work: Work[T]) -> T:
        """Runs `work` in a transaction that cannot write; again after transient errors."""
        return await self._run(work, read_only=True, repeatable=True)

    async def change(self, work: Work[T]) -> T:
        """Runs `work` in one transaction, and with an `Idempotency-Key` only once.

        `work` gives what the route answers, since that is what a repeated request is answered from the
        database. So there is one change per request.
        """
        if self._changed:
            raise RuntimeError("a request changes things in one transaction: call.change was called twice")
        self._changed = True
        key = idempotency.read_key(self._request.headers.get("idempotency-key"))
        if key is None:
            return await self._run(work, check=_answers(self._route))
        asked = idempotency.Request(self.caller.subject, key, self._sha256())

        async def once(tx: Tx) -> T:
            return await idempotency.once(tx, asked, work, status=self._status, body_of=self._body_of)

        return await self._run(once, check=_answers(self._route), repeatable=True)

    async def _run(
        self,
        work: Work[T],
        *,
        check: Callable[[Any], None] | None = None,
        read_only: bool = False,
        repeatable: bool = False,
    ) -> T:
        async def checked(tx: Tx) -> T:
            try:
                result = await work(tx)
            except _BAD_VALUE as error:
                raise Invalid("a value is out of range or holds characters that cannot be kept") from error
            if check:
                check(result)
            return result

        try:
            return await self.running.database.run(
                checked, context=self._context(), read_only=read_only, repeatable=repeatable
            )
        except TRANSIENT as error:
            raise Unavailable(AWAY, retry_after=1) from error

    def _context(self) -> Context:
        return Context(self._served.correlation_id, traceparent=tracing.traceparent())

    @property
    def _route(self) -> Any:
        return self._request.scope["route"]

    @property
    def _status(self) -> int:
        return self._route.status_code or 200

    def _body_of(self, result: Any) -> str | None:
        if self._status == 204:  # noqa: PLR2004 - no content
            return None
        return _adapter(self._route.response_model or Any).dump_json(result, by_alias=True).decode()

    def _sha256(self) -> bytes:
        url, digest = self._request.url, hashlib.sha256()
        for part in (self._request.method, url.path, url.query):
            digest.update(part.encode() + b"\0")
        digest.update(self._served.body_sha256)
        return digest.digest()


@lru_cache(maxsize=512)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _answers(route: Any) -> Callable[[Any], None]:
    """Refuses `work` whose result is not what the route answers: a replay could not give it."""
    model = route.response_model

    def check(result: Any) -> None:
        if isinstance(model, type) and issubclass(model, BaseModel) and not isinstance(result, model):
            raise TypeError(f"work must give the route's answer, {model.__name__}, not {type(result).__name__}")

    return check


class Allowed:
    """The roles that may use a route; FastAPI calls it for each request."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        unknown = set(roles) - ROLES
        if unknown or not roles:
            raise ValueError(f"allow() takes some of {sorted(ROLES)}, not {sorted(roles)}")
        self.roles = roles

    async def __call__(self, request: Request) -> Call:
        """Checks the role and makes the `Call`; the token was checked before anything was read."""
        served = Served.of(request.scope)
        if served.caller is None:
            raise RuntimeError("the gate let a request without a caller through")
        if not served.caller.has(*self.roles):
            raise Forbidden(f"This is for {_listed(self.roles)}; your token does not have that role.")
        _check_body(request)
        return Call(request, served, served.caller, request.app.state.running)


def allow(*roles: str) -> Any:
    """Says which roles may use a route; the argument with this type becomes the `Call`."""
    return Depends(Allowed(roles))


def _listed(roles: tuple[str, ...]) -> str:
    return " and ".join(f"{role}s" if role != "system" else "system accounts" for role in roles)


def _check_body(request: Request) -> None:
    """Refuses what the route would not read to its end, before the route changes anything."""
    route: Any = request.scope["route"]
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > limit_of(request.scope):
        raise HTTPException(413)
    has_body = length != "0" or "transfer-encoding" in request.headers
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and route.body_field is not None and kind != "application/json" and not kind.endswith("+json"):
        raise HTTPException(415)
