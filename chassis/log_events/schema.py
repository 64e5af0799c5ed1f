"""docs/logs.schema.json: the form of a log line, for programs that read them."""

from collections.abc import Iterable

from chassis.log_events import registered
from chassis.log_events.fields import CONTEXT, EVENT, EVERYWHERE, EXCEPTION, SERVICE
from chassis.log_events.model import Field, LogEvent, Schema

_ABOUT = (
    "One line that a process of the mentoring platform writes on stdout. Lines of Kafka, PostgreSQL and other servers "
    "beside it have forms of their own. Which fields a line has is said by its `event`; each has a definition below."
)


def schema() -> Schema:
    """The schema of every line of ours, JSON Schema 2020-12."""
    owned = [(owner, event) for owner, events in registered().items() for event in events]
    events = [event for _, event in owned]
    fields = {field.name: _field(field) for field in sorted(all_fields(events), key=lambda field: field.name)}
    fields[EVENT.name] |= {"enum": sorted(event.name for event in events)}
    fields[SERVICE.name] |= {"pattern": "^[a-z][a-z-]*$"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://mentoring.example/schemas/log-line.json",
        "title": "A log line",
        "description": _ABOUT,
        "type": "object",
        "properties": fields,
        "required": [field.name for field in EVERYWHERE],
        "additionalProperties": False,
        "allOf": [_when(event) for event in events],
        "$defs": {event.name: _definition(owner, event) for owner, event in owned},
    }


def all_fields(events: Iterable[LogEvent]) -> list[Field]:
    """Each field once, as it is described; two descriptions of one name are a mistake."""
    found: dict[str, Field] = {}
    for field in (*EVERYWHERE, *CONTEXT, EXCEPTION, *(field for event in events for field in event.fields)):
        if found.setdefault(field.name, field) != field:
            raise ValueError(f"the log field {field.name} is described twice, and not the same; give one another name")
    return list(found.values())


def _field(field: Field) -> Schema:
    more = {"x-unit": field.unit, "x-otel": field.otel, "x-ecs": field.ecs}
    return {**field.schema, "description": field.about, **{name: value for name, value in more.items() if value}}


def _when(event: LogEvent) -> Schema:
    condition = {"properties": {EVENT.name: {"const": event.name}}, "required": [EVENT.name]}
    return {"if": condition, "then": {"$ref": f"#/$defs/{event.name}"}}


def _definition(owner: str, event: LogEvent) -> Schema:
    known = [field.name for field in (*EVERYWHERE, *CONTEXT, *event.fields)]
    levels = [*event.levels, *(["critical"] if event.name == "library.spoke" else [])]
    whose = {} if owner == "chassis" else {"service": {"const": owner}}
    definition = {
        "description": event.meaning,
        "x-mend": event.mend,
        "properties": {"level": {"enum": levels}, **whose},
        "propertyNames": {"enum": known},
    }
    always = [field.name for field in event.always]
    return definition | ({"required": always} if always else {})
