"""What the web framework refuses by itself, with a sentence that says the way out."""

from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException

from chassis.http.limits import LARGEST_BODY
from chassis.http.scope import route_of

_SENTENCES = {
    404: "There is nothing at this address. See /docs for what there is.",
    415: "Send JSON, with the header `Content-Type: application/json`.",
}


def refusal(scope: Any, status: int, error: HTTPException | None = None) -> HTTPException:
    """The same refusal in our words; `error` is the framework's."""
    headers = dict(error.headers or {}) if error else {}
    match status:
        case 405:
            methods = ", ".join(sorted(_methods(scope)))
            return HTTPException(405, f"This address takes {methods} only.", {**headers, "Allow": methods})
        case 413:
            return HTTPException(413, f"The body is too large: this route takes up to {limit_of(scope):,} bytes.")
        case _:
            return HTTPException(status, _own_words(status, error), headers)


def _own_words(status: int, error: HTTPException | None) -> str:
    detail = str(error.detail) if error else ""
    plain = not detail or detail == HTTPStatus(status).phrase
    return _SENTENCES.get(status, "This cannot be served.") if plain else detail


def limit_of(scope: Any) -> int:
    """How many bytes a body may have on this route."""
    own: int | None = getattr(scope.get("route"), "max_body_size", None)
    return own or LARGEST_BODY


def _methods(scope: Any) -> set[str]:
    """All methods of the address; the framework names those of the first route it finds only."""
    here, routes = route_of(scope), getattr(scope["app"].state, "roles", {})
    return {method for method, path in routes if path == here} or set(getattr(scope.get("route"), "methods", ()))
