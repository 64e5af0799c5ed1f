"""deploy/lnav/mentoring.json: what lnav, a viewer of log files, needs to know of our lines."""

from typing import Any

from chassis.log_events import by_name
from chassis.log_events.fields import CONTEXT, EVENT, INSTANCE, LEVEL, SERVICE, TIMESTAMP
from chassis.log_events.model import Field
from chassis.log_events.schema import all_fields

DOCS = "https://mentoring.example/docs/logs"
TELLING = (
    *("method", "route", "status", "duration_ms", "records", "template", "outcome", "code", "job", "kind", "loop"),
    *(
        "topic",
        "event_type",
        "key",
        "error",
        "reason",
        "why",
        "message",
        "attempt",
        "failures",
        "count",
        "correlation_id",
    ),
)
"""What stands on the line itself, without its name, for lnav 0.11 can give none; what else there is stands below it,
by name, and the key `p` shows all."""
HIDDEN = (INSTANCE, *CONTEXT)
_KINDS = {"integer": "integer", "number": "float", "boolean": "boolean", "array": "json", "object": "json"}


def lnav_format() -> dict[str, Any]:
    """The format `mentoring_log`; its table in lnav's SQL has the same name."""
    fields = all_fields(by_name().values())
    return {
        "$schema": "https://lnav.org/schemas/format-v1.schema.json",
        "mentoring_log": {
            "title": "Mentoring platform",
            "description": "A line of one of its services; each is described at the address below.",
            "url": DOCS,
            "json": True,
            "hide-extra": True,
            "timestamp-field": TIMESTAMP.name,
            "level-field": LEVEL.name,
            "level": {name: f"^{name}$" for name in ("debug", "info", "warning", "error", "critical")},
            "opid-field": CONTEXT[0].name,
            "line-format": [
                *_head(),
                *(part for name in TELLING for part in (" ", {"field": name, "default-value": ""})),
            ],
            "value": {field.name: _value(field) for field in fields if field is not TIMESTAMP},
        },
    }


def _head() -> list[Any]:
    parts: list[Any] = [{"field": "__timestamp__", "timestamp-format": "%Y-%m-%d %H:%M:%S.%L"}]
    for name, width in ((SERVICE.name, 13), ("__level__", 7), (EVENT.name, 22)):
        parts += [" ", {"field": name, "min-width": width}]
    return parts


def _value(field: Field) -> dict[str, Any]:
    kind = field.schema.get("type", "string")
    kind = next(each for each in kind if each != "null") if isinstance(kind, list) else kind
    found: dict[str, Any] = {"kind": _KINDS.get(kind, "string"), "description": field.about}
    # Coloured by their value, so that one story is seen at a glance.
    if field.schema.get("format") == "uuid" or field in (*CONTEXT, SERVICE, INSTANCE, EVENT):
        found["identifier"] = True
    if field in HIDDEN and field.name not in TELLING:
        found["hidden"] = True
    return found
