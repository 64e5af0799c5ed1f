"""Every error as an RFC 9457 problem: which rule, in one sentence, and the way out. Never what is inside us."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from chassis import tracing
from chassis.db import AWAY, TRANSIENT
from chassis.errors import Conflict, DomainError, Forbidden, Invalid, Later, NotFound, TooMany, Unavailable
from chassis.http.etags import MatchRequired, Outdated
from chassis.http.mending import broken_json, mend
from chassis.http.tokens import NotAuthenticated

MEDIA_TYPE = "application/problem+json"
BASE = "https://mentoring.example/problems/"
MOST_ERRORS = 50
LONGEST_PATH = 200
"""Characters. The names of unknown fields are the caller's words: an answer must not grow with them."""

_STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    Forbidden: 403,
    Outdated: 412,
    MatchRequired: 428,
    TooMany: 429,
    Unavailable: 503,
    Later: 503,
    DomainError: 409,
}


_TITLES = {413: "Content too large", 422: "Invalid"}  # Python's own names for them change with its version


class FieldProblem(BaseModel):
    """What is wrong with one field, and how to mend it."""

    field: str = Field(description="where: `skills.0.level`", examples=["skills.0.level"])
    message: str = Field(description="what to do about it", examples=["give a whole number"])


class Problem(BaseModel):
    """An error, as in RFC 9457."""

    type: str = Field(description="which kind; stable, for programs", examples=[BASE + "conflict"])
    title: str = Field(description="the kind, in words", examples=["Conflict"])
    status: int = Field(description="the HTTP status again", examples=[409])
    detail: str = Field(description="what happened and the way out", examples=["this offer has lapsed"])
    errors: list[FieldProblem] = Field([], description="per field, where fields are the matter")
    trace_id: str | None = Field(None, description="give this to support; their logs have it too")


def answer(error: Exception) -> Response:
    """The response for whatever was raised."""
    match error:
        case DomainError():
            return _domain(error)
        case NotAuthenticated():
            return _not_authenticated(error)
        case RequestValidationError():
            return _not_valid(error)
        case HTTPException():
            return respond(error.status_code, str(error.detail), headers=error.headers)
        case _ if isinstance(error, TRANSIENT):  # outside of `Call`, which has tried again
            return _domain(Unavailable(AWAY, retry_after=1))
        case _:
            return respond(500, "Something went wrong on our side. Support finds it by the trace_id.")


def respond(
    status: int,
    detail: str,
    *,
    name: str | None = None,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as a response; its kind is named after the status unless `name` says it better."""
    title = name or _TITLES.get(status) or HTTPStatus(status).phrase.capitalize()
    problem = Problem(
        type=BASE + title.lower().replace(" ", "-"),
        title=title,
        status=status,
        detail=detail,
        errors=list(errors),
        trace_id=tracing.trace_id(),
    )
    return Response(problem.model_dump_json(), status, headers, MEDIA_TYPE)


def status_of(error: DomainError) -> int:
    """The status for this kind of error; a service's own kinds have that of what they derive from."""
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def _domain(error: DomainError) -> Response:
    detail = _sentence(str(error) or (type(error).__doc__ or "").partition("\n")[0])
    field = error.field if isinstance(error, Invalid) else None
    return respond(
        status_of(error),
        detail,
        name=re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).capitalize(),
        errors=[FieldProblem(field=field, message=str(error))] if field else [],
        headers={"Retry-After": str(error.retry_after)} if isinstance(error, Later) else None,
    )


def _not_authenticated(error: NotAuthenticated) -> Response:
    sentence = str(error)
    challenge = 'Bearer realm="mentoring"'
    if "there is no access token" not in sentence:
        challenge += ', error="invalid_token"'
    return respond(401, _sentence(sentence), headers={"WWW-Authenticate": challenge})


def _not_valid(error: RequestValidationError) -> Response:
    found: Sequence[Any] = error.errors()
    if found and found[0]["type"] == "json_invalid":
        return respond(400, broken_json(found[0], error.body), name="Broken JSON")
    errors = [FieldProblem(field=_path(one["loc"]), message=mend(one)) for one in found[:MOST_ERRORS]]
    fields = ", ".join(dict.fromkeys(one.field for one in errors))
    more = f" These are {MOST_ERRORS} of {len(found)} errors." if len(found) > MOST_ERRORS else ""
    return respond(422, f"Please look at: {fields}.{more}", name="Invalid", errors=errors)


def _path(location: Sequence[int | str]) -> str:
    """`skills.0.level`: the first part only says body, path, query or header."""
    path = ".".join(map(str, location[1:])) or str(location[0])
    return path if len(path) <= LONGEST_PATH else f"{path[:LONGEST_PATH]}…"


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
