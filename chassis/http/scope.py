"""What the layers around a route know of one request and hand on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.envelope import new_id
from chassis.http.limits import Incoming
from chassis.http.tokens import Caller

_KEY = "mentoring.served"


@dataclass
class Served:
    """One request while it is served."""

    correlation_id: UUID
    caller: Caller | None = None
    incoming: Incoming | None = None
    error: BaseException | None = None
    """What made the answer a problem, for the log line."""

    @staticmethod
    def of(scope: Any) -> "Served":
        """The one that belongs to this ASGI scope."""
        served: Served = scope[_KEY]
        return served

    @contextmanager
    def within(self, scope: Any) -> Iterator[None]:
        """Meanwhile it is found by whoever sees the scope.

        Not longer: it holds the way to the connection, whose server holds the scope, and that ring would keep each
        request in memory until the garbage collector looks at the oldest.
        """
        scope[_KEY] = self
        try:
            yield
        finally:
            del scope[_KEY]

    @property
    def body_sha256(self) -> bytes:
        """Of the body as far as it was read."""
        return self.incoming.sha256 if self.incoming else b""


def header(scope: Any, name: bytes) -> str | None:
    """A request header; None if it is absent."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def correlation_of(scope: Any) -> UUID:
    """The story this request belongs to: the caller's, if they gave one, else a new one."""
    try:
        return UUID(header(scope, b"x-correlation-id") or "")
    except ValueError:
        return new_id()


def route_of(scope: Any) -> str:
    """The route's template: bounded in number, and without anybody's id."""
    route = scope.get("route")
    if route is None:
        return "none"
    path: str = route.path
    return f"/v1{path}" if scope["path"].startswith("/v1/") and not path.startswith("/v1/") else path
