"""The fields of log lines that more than one place uses. One name, one meaning, one type, everywhere."""

from chassis.log_events.model import Field, choice, number, text, uuid

TIMESTAMP = Field(
    "timestamp",
    {"type": "string", "format": "date-time", "pattern": "Z$"},
    "when it was written, by the machine's clock (never the test clock)",
    otel="Timestamp",
    ecs="@timestamp",
)
LEVEL = choice(
    "level",
    "how grave; `critical` is a library's word only",
    ("debug", "info", "warning", "error", "critical"),
    otel="SeverityText",
    ecs="log.level",
)
EVENT = text("event", "which line it is: the name under which it stands here", otel="EventName", ecs="event.action")
SERVICE = text("service", "whose process wrote it", otel="service.name", ecs="service.name")
INSTANCE = text(
    "instance", "which of its processes: MENTORING_INSTANCE", otel="service.instance.id", ecs="service.node.name"
)
EVERYWHERE = (TIMESTAMP, LEVEL, SERVICE, INSTANCE, EVENT)
"""On every line."""

CORRELATION_ID = uuid(
    "correlation_id",
    "the story it belongs to, in whatever service: `trace` follows it",
    otel="messaging.message.conversation_id",
)
CAUSATION_ID = uuid("causation_id", "the event that is being handled")
TRACE_ID = Field(
    "trace_id",
    {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "the W3C trace it belongs to, also where none is exported",
    otel="TraceId",
    ecs="trace.id",
)
CONTEXT = (CORRELATION_ID, CAUSATION_ID, TRACE_ID)
"""On any line that is written while a request is served, an event handled or a timer fired."""

_FRAME = {
    "type": "object",
    "properties": {
        "filename": {"type": "string"},
        "lineno": {"type": ["integer", "null"]},
        "name": {"type": "string"},
        "line": {"type": "string"},
    },
    "required": ["filename", "lineno", "name"],
    "additionalProperties": False,
}
EXCEPTION = Field(
    "exception",
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "exc_type": {"type": "string"},
                "exc_value": {"type": "string"},
                "frames": {"type": "array", "items": _FRAME, "maxItems": 20},
                "is_cause": {"type": "boolean"},
            },
            "required": ["exc_type", "exc_value", "frames"],
        },
    },
    "the error with its causes: type, first line of what it says, frames without their variables",
    otel="exception.type, .message, .stacktrace",
    ecs="error.type, .message, .stack_trace",
)

ERROR = text(
    "error",
    "the class of what was raised; its text may quote people and is left out",
    otel="error.type",
    ecs="error.type",
)
FAILURES = number("failures", "how often in a row by now", "tries", least=1)
ATTEMPT = number("attempt", "which try it was", "tries", least=1)
ATTEMPTS = number("attempts", "how many tries there were", "tries")
REASON = text("reason", "why, in a sentence", ecs="event.reason")
COUNT = number("count", "how many it speaks of", "of what the event names")
DURATION_MS = Field(
    "duration_ms", {"type": "number", "minimum": 0}, "how long it took", "milliseconds", ecs="event.duration (in ns)"
)
BY = text("by", "who asked for it, as they named themselves on the command line", ecs="user.name")

TOPIC = text("topic", "the Kafka topic", otel="messaging.destination.name")
PARTITION = number("partition", "the partition", "number", otel="messaging.destination.partition.id")
OFFSET = number("offset", "where in the partition the record lies", "records", otel="messaging.kafka.offset")
RECORDS = number("records", "how many Kafka records", "records", otel="messaging.batch.message_count")
KEY = text("key", "the aggregate it speaks of", otel="messaging.kafka.message.key")
EVENT_TYPE = Field(
    "event_type",
    {"type": ["string", "null"]},
    "CloudEvents type; null if the record has none",
    otel="cloudevents.event_type",
)
EVENT_ID = Field(
    "event_id",
    {"type": ["string", "null"], "format": "uuid"},
    "CloudEvents id; null if the record has none that can be read",
    otel="cloudevents.event_id, messaging.message.id",
    ecs="event.id",
)
PLACE = (TOPIC, PARTITION, OFFSET, EVENT_TYPE, EVENT_ID)
"""Where a record lies and what it says it is."""
