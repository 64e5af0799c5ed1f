"""The web application of one service: its routes, and around them what every service needs."""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis import metrics
from chassis.db import TRANSIENT
from chassis.errors import DomainError
from chassis.http import admin, answers
from chassis.http.docs import add_docs
from chassis.http.edge import Edge
from chassis.http.gate import Gate
from chassis.http.idempotency import Replay
from chassis.http.keys import Keys
from chassis.http.limits import LARGEST_BODY, AtOnce, Rate
from chassis.http.openapi import describe, roles_by_route
from chassis.http.refusals import refusal
from chassis.http.scope import Served
from chassis.http.server import serve_http
from chassis.http.tokens import Tokens

if TYPE_CHECKING:
    from chassis.running import Running

__all__ = ["make_app", "serve_http"]


def make_app(running: "Running", *, role: Literal["api", "worker", "all"] = "all") -> FastAPI:
    """The application; a pure worker has health and metrics only."""
    service, settings = running.service, running.settings
    app = FastAPI(
        title=service.name,
        description=service.about,
        version=_version(),
        docs_url=None,
        redoc_url=None,
        openapi_url=None if role == "worker" else "/openapi.json",
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
        },  # chassis.tracing does it
    )
    app.state.running = running
    metrics.BUILD.labels(app.version).set(1)
    app.include_router(admin.probes)
    if role != "worker":
        _add_routes(app, [*service.routers, admin.work, *([admin.test_clock] if settings.test_clock else [])])
    for kind in (DomainError, HTTPException, RequestValidationError, Replay, *TRANSIENT):
        app.add_exception_handler(kind, _answer)
    tokens = Tokens(Keys(settings.jwks_url), issuer=settings.token_issuer, audience=settings.token_audience)
    at_once = AtOnce(settings.requests_at_once)
    app.add_middleware(Gate, tokens=tokens, rate=Rate(settings.requests_per_second), at_once=at_once)
    app.add_middleware(Edge, at_once=at_once)
    return app


def _add_routes(app: FastAPI, routers: list[APIRouter]) -> None:
    for router in routers:
        app.include_router(router, prefix="/v1", max_body_size=LARGEST_BODY)
    app.state.roles = roles_by_route(app)
    add_docs(app)

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


async def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, Replay):
        headers = {"Idempotency-Replayed": "true"}
        return Response(error.body, error.status, headers, "application/json" if error.body is not None else None)
    Served.of(request.scope).error = error.__cause__ or error
    if isinstance(error, HTTPException):
        error = refusal(request.scope, error.status_code, error)
    return answers.answer(error)


def _version() -> str:
    try:
        return version("mentoring")
    except PackageNotFoundError:
        return "0.1.0"
