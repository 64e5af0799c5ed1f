"""The envelope as subscribers see it: CloudEvents 1.0 in Kafka binary mode, one header per attribute."""

from dataclasses import dataclass

from contracts.event import Event

SCHEMAS = "https://mentoring.example/schemas"
"""Names the schemas; nobody has to be reachable there. The files are in docs/schemas/."""


@dataclass(frozen=True)
class Header:
    """One header of every record."""

    name: str
    about: str
    example: str
    always: bool = True
    format: str | None = None


HEADERS = (
    Header("content-type", "the value is plain JSON in UTF-8", "application/json"),
    Header("ce_specversion", "version of CloudEvents", "1.0"),
    Header(
        "ce_id",
        "id of the event (UUIDv7); the same id heard again is the same event",
        "0192f0c4-7a1e-7c3b-9d55-0242ac120010",
        format="uuid",
    ),
    Header("ce_source", "the service that told it", "/mentoring/matching", format="uri-reference"),
    Header("ce_type", "what happened, with its major version", "mentoring.match-proposed.v1"),
    Header("ce_subject", "id of the aggregate; equal to the record's key", "p-0042"),
    Header("ce_time", "when it happened on the platform's clock", "2027-01-11T09:00:00Z", format="date-time"),
    Header("ce_dataschema", "names the JSON Schema of the value", f"{SCHEMAS}/mentoring.match-proposed.v1.json"),
    Header("ce_sequence", "place in the story of this key on this topic: 1, 2, 3, …", "1"),
    Header(
        "ce_correlationid",
        "id shared by everything that followed from one beginning",
        "0192f0c4-7a1e-7c3b-9d55-0242ac120011",
        format="uuid",
    ),
    Header(
        "ce_causationid",
        "`ce_id` of the event that led to this one",
        "0192f0c4-7a1e-7c3b-9d55-0242ac120012",
        always=False,
        format="uuid",
    ),
    Header(
        "traceparent",
        "W3C trace context, when traces are on",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        always=False,
    ),
)


def example_headers(event: Event) -> dict[str, str]:
    """The headers this event could travel with."""
    special = {
        "ce_source": f"/mentoring/{event.topic.owner}",
        "ce_type": event.event_type(),
        "ce_subject": event.key,
        "ce_dataschema": schema_id(event.event_type()),
    }
    return {header.name: special.get(header.name, header.example) for header in HEADERS if header.always}


def schema_id(event_type: str) -> str:
    """The `$id` of an event's schema, which is also its `ce_dataschema`."""
    return f"{SCHEMAS}/{event_type}.json"
