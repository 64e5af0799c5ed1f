"""The OpenAPI document: what FastAPI finds out, plus tokens, problems, roles and idempotency keys."""

from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from chassis.http.answers import MEDIA_TYPE, FieldProblem, Problem
from chassis.http.call import Allowed

Responses = dict[int | str, dict[str, Any]]

_ALWAYS = (400, 401, 403, 413, 429, 503)
_WITH_A_BODY = (408, 415, 422)
_MEANINGS = {
    400: "The body is not valid JSON, or the address or a header is malformed.",
    401: "There is no valid access token.",
    403: "The token's role does not allow this.",
    404: "There is no such thing, or it is not yours to see.",
    408: "The body did not come in time.",
    409: "The thing is not in a state that allows this.",
    412: "Somebody else changed it meanwhile.",
    413: "The body is too large.",
    415: "The body is not of the type that this route takes.",
    422: "A value does not make sense; `errors` names the fields.",
    428: "`If-Match` is missing.",
    429: "Too many requests; `Retry-After` says when to come again.",
    503: "Something needed is away or too busy; `Retry-After` says when to come again.",
}
_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and request again: the same answer, and nothing happens twice. Kept for 2 days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_MATCH_HEADER = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of what you read: if somebody changed it meanwhile, yours is refused (412).",
    "schema": {"type": "string"},
}
_HEADERS = {
    401: {"WWW-Authenticate": {"description": "how to authenticate", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "in how many seconds", "schema": {"type": "integer", "minimum": 1}}},
}
_HEADERS[503] = _HEADERS[429]
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An access token of your identity provider (RS256 or ES256), with `sub` and `roles`.",
}


def problems(*statuses: int) -> Responses:
    """For a route's `responses=`: the problems it may answer with, besides those that every route has."""
    unknown = set(statuses) - set(_MEANINGS)
    if unknown:
        raise ValueError(f"no route answers with {sorted(unknown)}")
    return {status: {"description": _MEANINGS[status]} for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    return {"$ref": f"#/components/responses/Problem{status}"}


def _components() -> dict[str, Any]:
    """What all operations refer to, said once."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        f"Problem{status}": {"description": meaning, "headers": _HEADERS.get(status, {}), "content": content}
        for status, meaning in _MEANINGS.items()
    }


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole document."""
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"bearer": _BEARER}
    components["responses"] = _components()
    document["security"] = [{"bearer": []}]
    schemas = components.setdefault("schemas", {})
    for model in (Problem, FieldProblem):
        schemas[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas[model.__name__].pop("$defs", None)
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            _complete(operation, method.upper(), has_id="{" in path)
            operation["x-roles"] = sorted(app.state.roles[method.upper(), path])
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    return document


def _complete(operation: dict[str, Any], method: str, *, has_id: bool) -> None:
    responses, takes_body = operation.setdefault("responses", {}), "requestBody" in operation
    for status in (*_ALWAYS, *((404,) if has_id else ()), *(_WITH_A_BODY if takes_body else ())):
        responses[str(status)] = {}
    for status in responses:
        if status.isdigit() and int(status) in _MEANINGS:
            responses[status] = _problem(int(status))
    parameters = operation.setdefault("parameters", [])
    parameters += [_KEY_HEADER] if method == "POST" else []
    parameters += [_MATCH_HEADER] if "412" in responses else []


def roles_by_route(app: FastAPI) -> dict[tuple[str, str], tuple[str, ...]]:
    """Who may use each route; the start stops if one under /v1 does not say so."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for route in iter_route_contexts(app.routes):
        dependant: Dependant | None = getattr(route, "dependant", None)
        path = str(getattr(route, "path", ""))
        if dependant is None or not path.startswith("/v1/"):
            continue
        roles = _roles(dependant)
        if not roles:
            raise TypeError(f"{path} does not say who may use it: give it a `Call` from allow(…)")
        found |= {(method, path): roles for method in route.methods or ()}
    return found


def _roles(dependant: Dependant) -> tuple[str, ...]:
    for each in dependant.dependencies:
        roles = each.call.roles if isinstance(each.call, Allowed) else _roles(each)
        if roles:
            return roles
    return ()
