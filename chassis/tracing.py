"""One trace from a request through the outbox to every effect: W3C `traceparent` in, W3C `traceparent` out.

Nothing is exported by default; then spans are not recorded and cost next to nothing, but their ids still
travel, so that log lines of one story can be found by `trace_id` in every service.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan, Span, SpanContext
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_W3C = TraceContextTextMapPropagator()
_IDS = RandomIdGenerator()
_provider: TracerProvider | None = None
"""Who records spans; nobody by default."""


def start(service: str, *, instance: str, processors: Sequence[SpanProcessor]) -> None:
    """From now on spans are recorded and given to these processors, an OTLP exporter for example."""
    global _provider  # noqa: PLW0603 - one provider per process is how OpenTelemetry works
    resource = Resource.create({"service.name": service, "service.instance.id": instance})
    _provider = TracerProvider(sampler=ParentBased(ALWAYS_ON), resource=resource)
    for processor in processors:
        _provider.add_span_processor(processor)


@contextmanager
def continued(traceparent: str | None, name: str) -> Iterator[Span]:
    """A span that goes on with the trace it was handed, or begins a new one if that is absent or malformed."""
    if _provider:
        parent = _W3C.extract({"traceparent": traceparent}) if traceparent else None
        with _provider.get_tracer("mentoring").start_as_current_span(name, context=parent) as span:
            yield span
    else:
        # Nobody reads spans, and there is one for each event heard: only the trace goes along.
        context = _handed(traceparent) if traceparent else INVALID_SPAN_CONTEXT
        with trace.use_span(NonRecordingSpan(context if context.is_valid else _begun())) as span:
            yield span


@lru_cache(maxsize=64)
def _handed(traceparent: str) -> SpanContext:
    return trace.get_current_span(_W3C.extract({"traceparent": traceparent})).get_span_context()


def _begun() -> SpanContext:
    return SpanContext(_IDS.generate_trace_id(), _IDS.generate_span_id(), is_remote=False)


def traceparent() -> str | None:
    """The present span for a header or an outbox row; None outside of any."""
    span = trace.get_current_span().get_span_context()
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}" if span.is_valid else None


def trace_id() -> str | None:
    """The present trace in the form it has in log lines; None outside of any."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else None
