"""A real OpenTelemetry Collector takes what we export, and shows the same tree."""

import re
import shutil
from pathlib import Path

import pytest

from chassis import spans, tracing
from chassis.envelope import Context, new_id, seal
from contracts.registry import EVENTS
from deploy.local.children import child, free_port
from tests.harness import MONDAY
from tests.unit.test_tracing import settings
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / ".local/cache/otelcol/otelcol"
COLLECTOR = shutil.which("otelcol") or (str(BUILT) if BUILT.exists() else None)

pytestmark = pytest.mark.skipif(COLLECTOR is None, reason="no otelcol: `make collector` builds one where Go is")


@pytest.fixture
async def collector(tmp_path):
    """Its port and the file into which it writes what it got."""
    port = free_port()
    said = tmp_path / "said.txt"
    words = [COLLECTOR, "--config", str(ROOT / "deploy/opentelemetry/collector.yaml")]
    with child(words, log=said, env={"OTLP_PORT": str(port)}):
        await eventually(lambda: "Everything is ready" in said.read_text(), within=60)
        yield port, said


async def test_a_real_collector_gets_our_spans_with_parents_links_and_conventions(collector, monkeypatch):
    from chassis import tracing_export

    port, said = collector
    endpoint = f"http://127.0.0.1:{port}"
    stop = tracing_export.start(settings(monkeypatch, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint), service="profiles")
    with tracing.continued(None, "GET /v1/people", links=["00-" + "a" * 32 + "-" + "b" * 16 + "-01"]) as span:
        parent = f"{span.get_span_context().span_id:016x}"
        context = Context(new_id(), traceparent=tracing.traceparent())
        spans.create(seal(EVENTS[0].example(), source="profiles", now=MONDAY, context=context, sequence=1))
    await stop()
    await eventually(lambda: "GET /v1/people" in said.read_text(), within=60)
    text = said.read_text()
    assert re.search(r"service\.name: Str\(profiles\)", text)
    assert re.search(rf"Parent ID\s+: {parent}\n\s+ID\s+: \w+\n\s+Name\s+: create {EVENTS[0].topic.name}", text)
    assert re.search(r"messaging\.system: Str\(kafka\)", text)
    assert "b" * 16 in text
