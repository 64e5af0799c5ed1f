"""Spans on their way to an OpenTelemetry Collector, by OTLP over HTTP, in a thread of their own.

A collector that is away holds up nobody: 2 048 spans wait, further ones are dropped, and one line in the log says so.
Headers, certificates, compression, timeouts and the length of the queue are read by OpenTelemetry itself, from the
variables that it has for them (OTEL_EXPORTER_OTLP_HEADERS, OTEL_BSP_MAX_QUEUE_SIZE and so on).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from threading import Thread

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from chassis import tracing
from chassis.logs import worth_saying
from chassis.settings import Settings

log = structlog.get_logger()

FLUSH_SECONDS = 5.0
"""How long a process that stops waits for a collector that does not answer."""


def start(settings: Settings, *, service: str) -> Callable[[], Awaitable[None]]:
    """Records spans and exports them to the collector that the settings name; gives what hands over the rest."""
    for talkative in ("opentelemetry", "urllib3"):  # they would write a line for each try, and for each span too many
        logging.getLogger(talkative).setLevel(logging.CRITICAL)
    endpoint = f"{str(settings.otlp_endpoint).rstrip('/')}/v1/traces"
    processor = BatchSpanProcessor(Saying(OTLPSpanExporter(endpoint=endpoint)))
    tracing.start(
        service,
        instance=settings.instance,
        processors=[processor],
        ratio=settings.trace_ratio,
        environment=settings.environment,
    )

    async def stop() -> None:
        tracing.stop()
        # A thread that the end of the process does not wait for: the collector may hold it for longer than we have.
        ending = Thread(target=processor.shutdown, daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, FLUSH_SECONDS)

    return stop


class Saying(SpanExporter):
    """Hands spans on, and says when that fails: the 1st, the 10th and every 100th time in a row."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._failures = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hands these on."""
        result = self._inner.export(spans)
        self._failures = 0 if result is SpanExportResult.SUCCESS else self._failures + 1
        if worth_saying(self._failures):
            log.warning("traces.not_exported", failures=self._failures)
        return result

    def shutdown(self) -> None:
        """Ends what is handed to."""
        self._inner.shutdown()
