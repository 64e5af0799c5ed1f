"""What spans of events are called and hold, after OpenTelemetry's semantic conventions for messaging and Kafka.

    POST /v1/matches/{match_id}/accept            HTTP server
      create matching.match.v1                    told, in the transaction
        send matching.match.v1                    the relay, until the brokers have it
        process matching.match.v1                 a service that hears it, in its transaction
          create engagement.relationship.v1       what follows from it

`create` is the span whose context travels with the event; what lies between it and `send` is the outbox, between it
and `process` Kafka. Ids only: no bodies, no names.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry.trace import Span, SpanKind
from pydantic_core import from_json
from structlog.contextvars import bound_contextvars

from chassis import tracing
from chassis.db import Tx
from chassis.envelope import Heard, Sealed

SYSTEM = {"messaging.system": "kafka"}
CONVERSATION = "messaging.message.conversation_id"
"""What the conventions call the correlation id: it also leads from one trace of a story to the others."""


def create(sealed: Sealed) -> None:
    """Marks that an event was told; the span's context goes along in its header."""
    headers = sealed.headers
    span = tracing.opened(
        headers.get("traceparent"),
        f"create {sealed.topic}",
        SpanKind.PRODUCER,
        attributes={
            **SYSTEM,
            "messaging.operation.name": "create",
            "messaging.operation.type": "create",
            "messaging.destination.name": sealed.topic,
            "messaging.message.id": headers["ce_id"],
            CONVERSATION: headers["ce_correlationid"],
            "cloudevents.event_id": headers["ce_id"],
            "cloudevents.event_type": headers["ce_type"],
        },
    )
    span.end()
    headers["traceparent"] = tracing.traceparent(span) or headers.get("traceparent", "")


def sent(rows: Iterable[Any], partition: int, *, began_ns: int) -> None:
    """Marks that these rows of the outbox are with the brokers, since the relay took them up."""
    for row in rows:
        headers = from_json(row["headers"])
        parent = tracing.recorded(headers.get("traceparent"))
        if parent:
            tracing.opened(
                parent,
                f"send {row['topic']}",
                SpanKind.CLIENT,
                attributes={
                    **SYSTEM,
                    "messaging.operation.name": "send",
                    "messaging.operation.type": "send",
                    "messaging.destination.name": row["topic"],
                    "messaging.destination.partition.id": str(partition),
                    "messaging.message.id": headers["ce_id"],
                    CONVERSATION: headers.get("ce_correlationid", ""),
                },
                began_ns=began_ns,
            ).end()


def process(span: Span, heard: Heard[Any], *, handler: str, count: int) -> None:
    """Names the span around a handler, and says what that acts on."""
    span.update_name(f"process {heard.topic}")
    span.set_attributes(
        {
            **SYSTEM,
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": heard.topic,
            "messaging.message.id": str(heard.id),
            CONVERSATION: str(heard.context.correlation_id),
            "cloudevents.event_id": str(heard.id),
            "cloudevents.event_type": heard.event.event_type(),
            "code.function.name": handler,
        }
    )
    if count > 1:
        span.set_attribute("messaging.batch.message_count", count)


@contextmanager
def work(
    tx: Tx, name: str, *, links: Sequence[str | None] = (), about: tracing.Attributes | None = None
) -> Iterator[None]:
    """What a job or a timer does in this transaction begins a trace, where traces are recorded: what is told, planned
    and logged in it leads back to here, and by the correlation id and these links to whatever asked for it.
    """
    if not tracing.is_on():
        yield
        return
    with tracing.continued(None, name, links=links) as span, bound_contextvars(trace_id=tracing.trace_id()):
        span.set_attributes({CONVERSATION: str(tx.context.correlation_id), **(about or {})})
        tx.context = tx.context._replace(traceparent=tracing.traceparent(span))
        yield
