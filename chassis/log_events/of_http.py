"""Lines about requests: served, refused, failed."""

from chassis.log_events.fields import COUNT, DURATION_MS, ERROR, EXCEPTION
from chassis.log_events.model import Field, line, number, text

_HOST = text("host", "the address it listens on", otel="server.address", ecs="server.address")
_PORT = number("port", "the TCP port it serves on", "port", otel="server.port", ecs="server.port")
_METHOD = text("method", "HTTP method", otel="http.request.method", ecs="http.request.method")
_ROUTE = text(
    "route", "the route's template, never the path: paths hold ids; `none` if no route fits", otel="http.route"
)
_STATUS = Field(
    "status",
    {"type": "integer", "minimum": 0, "maximum": 599},
    "the answer's status; 0 if the caller was gone before there was one",
    otel="http.response.status_code",
    ecs="http.response.status_code",
)
_CALLER = text("caller", "`sub` of the token: a person's id or a program's name", otel="user.id", ecs="user.id")

LOG_EVENTS = (
    line("http.listening", "info", "The process takes requests on this address.", always=(_HOST, _PORT)),
    line(
        "request.served",
        ("info", "debug"),
        "One request and its answer. Health, metrics and documentation are written with level `debug` only.",
        "Nothing below 500. `error` names the refusal; with 500 a `request.failed` of the same `trace_id` says why; "
        "503: see the runbook, [MentoringServiceNotReady](runbook.md#mentoringservicenotready).",
        always=(_METHOD, _ROUTE, _STATUS, DURATION_MS),
        sometimes=(_CALLER, ERROR),
    ),
    line(
        "request.failed",
        "error",
        "Somebody got a 500: we have a fault. What they wanted was not done, not even a little.",
        "Read the exception, mend, roll out. The caller's page shows the same `trace_id`.",
        always=(_METHOD, _ROUTE, EXCEPTION),
    ),
    line(
        "requests.shed",
        "warning",
        "More requests came than can wait in line; `count` of them since the last such line got 503 with Retry-After.",
        "More processes, or find out who asks so often: `request.served` by `caller`.",
        always=(COUNT,),
    ),
    line(
        "keys.unavailable",
        "warning",
        "The identity provider's keys could not be fetched. Keys that are known stay in use; without any, everybody "
        "gets 503.",
        "Is MENTORING_JWKS_URL right, and does it answer? It is asked again after 10 seconds, with the next request.",
        always=(ERROR,),
    ),
)
