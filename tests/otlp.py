"""A collector of spans for tests: takes OTLP over HTTP, as services send it, and keeps what came."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """A span as it came over the wire."""

    service: str
    name: str
    trace: bytes
    id: bytes
    parent: bytes
    links: tuple[bytes, ...]
    attributes: dict[str, Any]
    kind: int
    began_ns: int
    ended_ns: int
    failed: bool


class Collector:
    """Listens on a port of its own."""

    def __init__(self) -> None:
        self.spans: dict[bytes, Received] = {}
        self.texts: list[str] = []
        """All that came, as text, for those who look for what should not be in it."""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.take(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def endpoint(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT should say."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def take(self, body: bytes) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        request = ExportTraceServiceRequest.FromString(body)
        self.texts.append(str(request))
        for of_resource in request.resource_spans:
            service = _attributes(of_resource.resource)["service.name"]
            for scope in of_resource.scope_spans:
                self.spans |= {span.span_id: _received(service, span) for span in scope.spans}

    def run(self) -> None:
        self._server.serve_forever()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def a_collector() -> Iterator[Collector]:
    """A collector that listens meanwhile."""
    collector = Collector()
    threading.Thread(target=collector.run, daemon=True).start()
    try:
        yield collector
    finally:
        collector.stop()


def _received(service: str, span: Any) -> Received:
    return Received(
        service=service,
        name=span.name,
        trace=span.trace_id,
        id=span.span_id,
        parent=span.parent_span_id,
        links=tuple(link.span_id for link in span.links),
        attributes=_attributes(span),
        kind=span.kind,
        began_ns=span.start_time_unix_nano,
        ended_ns=span.end_time_unix_nano,
        failed=span.status.code == span.status.STATUS_CODE_ERROR,
    )


def _attributes(of: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in of.attributes}
