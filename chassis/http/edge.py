"""The outermost layer: each request gets its ids, its one log line, and an answer whatever happens inside."""

import logging
import time
from typing import Any

import structlog
from opentelemetry.trace import Span, SpanKind
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import spans, tracing
from chassis.http import answers
from chassis.http.gate import GUARDED
from chassis.http.limits import AtOnce
from chassis.http.refusals import refusal
from chassis.http.scope import Served, correlation_of, header, route_of
from chassis.http.shed import Shed
from chassis.metrics import HTTP_SECONDS

log = structlog.get_logger()

_QUIET = ("/health/", "/metrics", "/docs", "/openapi.json")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLIENT_ERROR, _SERVER_ERROR = 400, 500
_PLAIN = (b"content-type", b"text/plain; charset=utf-8")
_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]


class Edge:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, *, at_once: AtOnce) -> None:
        self._app = app
        self._at_once = at_once
        self._shed = Shed()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, or says that there are too many."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif not scope["path"].startswith(GUARDED):
            await self._one(scope, receive, send)
        else:
            async with self._at_once.place() as is_room:
                await (self._one if is_room else self._shed)(scope, receive, send)

    async def _one(self, scope: Scope, receive: Receive, send: Send) -> None:
        served = Served(correlation_of(scope))
        outgoing = _Outgoing(send, scope)
        began = time.perf_counter()
        quiet = scope["path"].startswith(_QUIET)
        with (
            served.within(scope),
            tracing.continued(header(scope, b"traceparent"), "HTTP", SpanKind.SERVER, quiet=quiet) as span,
            structlog.contextvars.bound_contextvars(
                correlation_id=str(served.correlation_id), trace_id=tracing.trace_id()
            ),
        ):
            await self._serve(scope, receive, outgoing)
            if span.is_recording():
                _describe(span, scope, served, outgoing.status)
            _report(scope, served, outgoing.status, time.perf_counter() - began)

    async def _serve(self, scope: Scope, receive: Receive, outgoing: "_Outgoing") -> None:
        try:
            await self._app(scope, receive, outgoing)
        except Exception as error:
            Served.of(scope).error = error
            response = answers.answer(error)
            if response.status_code == _SERVER_ERROR:
                log.exception("request.failed", method=scope["method"], route=route_of(scope))
            if outgoing.status:
                raise  # half an answer is out: the connection must break, or it would look whole
            await response(scope, receive, outgoing)


class _Outgoing:
    """An answer on its way out: its status is noted, it carries the story's id, and each error is a problem."""

    def __init__(self, send: Send, scope: Scope) -> None:
        self._send = send
        self._scope = scope
        self._instead: Response | None = None
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = self._begin(message)
        elif self._instead:
            message = {"type": "http.response.body", "body": self._instead.body}
        await self._send(message)

    def _begin(self, message: Message) -> Message:
        self.status = message["status"]
        headers = list(message.get("headers", []))
        if self.status >= _CLIENT_ERROR and _PLAIN in headers:
            # The web framework's own refusals, too large a body for example, are no problems yet.
            self._instead = answers.answer(refusal(self._scope, self.status))
            headers = self._instead.raw_headers
        names = {name for name, _ in headers}
        headers += [pair for pair in _HEADERS if pair[0] not in names]
        headers.append((b"x-correlation-id", str(Served.of(self._scope).correlation_id).encode()))
        return {**message, "headers": headers}


def _describe(span: Span, scope: Scope, served: Served, status: int) -> None:
    """By the route, never the path or the query: they hold what people wrote."""
    method, route = _method(scope), route_of(scope)
    known = "HTTP" if method == "other" else method
    span.update_name(f"{known} {route}" if route != "none" else known)
    span.set_attributes(
        {
            "http.request.method": "_OTHER" if method == "other" else method,
            "http.route": route,
            "http.response.status_code": status,
            "url.scheme": scope.get("scheme", "http"),
            spans.CONVERSATION: str(served.correlation_id),
        }
    )
    if status >= _SERVER_ERROR:
        tracing.fail(span, type(served.error).__name__ if served.error else str(status))


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"


def _report(scope: Scope, served: Served, status: int, seconds: float) -> None:
    method, route = _method(scope), route_of(scope)
    HTTP_SECONDS.labels(method, route, str(status)).observe(seconds)
    line: dict[str, Any] = {"method": method, "route": route, "status": status}
    line["duration_ms"] = round(seconds * 1000, 1)
    if served.caller:
        line["caller"] = served.caller.subject
    if served.error:
        line["error"] = type(served.error).__name__
    log.log(logging.DEBUG if scope["path"].startswith(_QUIET) else logging.INFO, "request.served", **line)
