"""One trace from a request through the outbox to every effect: W3C `traceparent` in, W3C `traceparent` out.

Without a collector nothing is recorded and spans cost next to nothing, but their ids still travel, so that log
lines of one story can be found by `trace_id` in every service. With one (`tracing_export.py`) spans are recorded.

A span never holds what an error says, nor its traceback: those quote people. Its class is enough to look further.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace import (
    INVALID_SPAN,
    INVALID_SPAN_CONTEXT,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    Tracer,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

Attributes = Mapping[str, AttributeValue]

_W3C = TraceContextTextMapPropagator()
_IDS = RandomIdGenerator()
_tracer: Tracer | None = None
"""Who records spans; nobody by default."""


def start(
    service: str, *, instance: str, processors: Sequence[SpanProcessor], ratio: float = 1.0, environment: str = ""
) -> TracerProvider:
    """From now on spans are recorded and given to these processors, an OTLP exporter for example.

    Of new traces this share is; one that somebody else began is if they recorded it.
    """
    global _tracer  # noqa: PLW0603 - one provider per process is how OpenTelemetry works
    about = {"service.namespace": "mentoring", "service.name": service, "service.instance.id": instance}
    resource = Resource.create(about | ({"deployment.environment.name": environment} if environment else {}))
    provider = TracerProvider(sampler=ParentBasedTraceIdRatio(ratio), resource=resource, shutdown_on_exit=False)
    for processor in processors:
        provider.add_span_processor(processor)
    _tracer = provider.get_tracer("mentoring")
    return provider


def stop() -> None:
    """From now on nothing is recorded."""
    global _tracer  # noqa: PLW0603 - see above
    _tracer = None


def is_on() -> bool:
    """Whether spans are recorded at all; what only a span needs can be left undone otherwise."""
    return _tracer is not None


@contextmanager
def continued(
    traceparent: str | None,
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    quiet: bool = False,
    links: Sequence[str | None] = (),
) -> Iterator[Span]:
    """A span that goes on with the trace it was handed, or begins a new one if that is absent or malformed.

    `quiet`: the trace goes along and nothing is recorded. `links`: other traces that led here.
    """
    if _tracer and not quiet:
        span = opened(traceparent, name, kind, links=links)
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield span
            except BaseException as error:
                fail(span, type(error).__qualname__)
                raise
    else:
        # Nobody reads spans, and there is one for each event heard: only the trace goes along.
        context = _handed(traceparent) if traceparent else INVALID_SPAN_CONTEXT
        with trace.use_span(NonRecordingSpan(context if context.is_valid else _begun())) as span:
            yield span


def opened(
    traceparent: str | None,
    name: str,
    kind: SpanKind,
    *,
    attributes: Attributes | None = None,
    links: Sequence[str | None] = (),
    began_ns: int | None = None,
) -> Span:
    """A span that somebody else ends, and that is not the present one meanwhile."""
    if _tracer is None:
        return INVALID_SPAN
    handed = _handed(traceparent) if traceparent else INVALID_SPAN_CONTEXT
    parent = trace.set_span_in_context(NonRecordingSpan(handed), Context())
    led_here = (_handed(each) for each in dict.fromkeys(links) if each)
    to = [Link(each) for each in led_here if each.is_valid]
    return _tracer.start_span(name, context=parent, kind=kind, attributes=attributes, links=to, start_time=began_ns)


def fail(span: Span, error: str) -> None:
    """Says that what the span stands for went wrong: the class of the error or its code, never its text."""
    span.set_attribute("error.type", error)
    span.set_status(StatusCode.ERROR)


@lru_cache(maxsize=64)
def _handed(traceparent: str) -> SpanContext:
    # An empty context: what is malformed must not lead to whatever span is the present one.
    return trace.get_current_span(_W3C.extract({"traceparent": traceparent}, Context())).get_span_context()


def _begun() -> SpanContext:
    return SpanContext(_IDS.generate_trace_id(), _IDS.generate_span_id(), is_remote=False)


def traceparent(span: Span | None = None) -> str | None:
    """That span, or the present one, for a header or a row; None outside of any."""
    context = (span or trace.get_current_span()).get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def recorded(traceparent: str | None) -> str | None:
    """The same, if that span is recorded: nobody can be led to another."""
    return traceparent if traceparent and _handed(traceparent).trace_flags.sampled else None


def trace_id() -> str | None:
    """The present trace in the form it has in log lines; None outside of any."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else None
