"""Spans: whose child each is, what it may hold, and that nothing is recorded where nobody wants it."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from chassis import spans, tracing
from chassis.envelope import Context, new_id, seal
from chassis.settings import WrongSettings, load
from contracts.registry import EVENTS
from services.profiles.settings import Settings
from tests.harness import MONDAY
from tests.spans import id_of, links_of, parent_of, recording
from tests.waiting import eventually

PLANTED = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
UNSAMPLED = PLANTED[:-1] + "0"


def test_nothing_is_recorded_by_default_and_ids_travel_all_the_same():
    assert not tracing.is_on()
    with tracing.continued(UNSAMPLED, "heard") as span:
        assert not span.is_recording()
        assert tracing.traceparent() == UNSAMPLED


def test_a_span_goes_on_with_the_trace_it_was_handed():
    with recording() as recorded:
        with tracing.continued(PLANTED, "outer"), tracing.continued(tracing.traceparent(), "inner"):
            pass
        with tracing.continued("nonsense", "first"):
            pass
    outer, inner = recorded.one("outer"), recorded.one("inner")
    assert f"{outer.context.trace_id:032x}" == "a" * 32
    assert f"{parent_of(outer):016x}" == "b" * 16
    assert parent_of(inner) == id_of(outer)
    assert parent_of(recorded.one("first")) is None


def test_a_malformed_trace_does_not_lead_to_whatever_span_is_the_present_one():
    with recording() as recorded, tracing.continued(None, "outer"), tracing.continued("malformed", "inner"):
        pass
    assert parent_of(recorded.one("inner")) is None


def test_who_began_a_trace_decides_and_of_new_ones_a_share_is_recorded():
    with recording(ratio=0.0) as recorded:
        with tracing.continued(PLANTED, "of one who records"):
            pass
        with tracing.continued(None, "new"):
            assert tracing.trace_id()
        with tracing.continued(UNSAMPLED, "of one who does not"):
            pass
    assert [span.name for span in recorded.all()] == ["of one who records"]


def test_a_span_keeps_the_class_of_an_error_and_nothing_of_what_it_says():
    with recording() as recorded, pytest.raises(ValueError, match="Ann"), tracing.continued(None, "failing"):
        raise ValueError("Ann Example is unknown")
    span = recorded.one("failing")
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert dict(span.attributes) == {"error.type": "ValueError"}
    assert span.events == ()


def test_health_checks_are_not_recorded_and_a_link_leads_to_another_trace():
    with recording() as recorded:
        with tracing.continued(None, "health", quiet=True):
            assert tracing.trace_id()
        with tracing.continued(None, "fired", links=[PLANTED, PLANTED, None, "nonsense"]):
            pass
    (span,) = recorded.all()
    assert [f"{each:016x}" for each in links_of(span)] == ["b" * 16]
    assert parent_of(span) is None


def test_an_event_is_told_in_a_span_of_its_own_that_travels_with_it():
    event = EVENTS[0].example()
    context = Context(new_id(), traceparent=PLANTED)
    with recording() as recorded:
        sealed = seal(event, source="profiles", now=MONDAY, context=context, sequence=1)
        spans.create(sealed)
        row = {"topic": sealed.topic, "headers": json.dumps(sealed.headers)}
        spans.sent([row], 3, began_ns=time.time_ns())
        spans.sent([{"topic": "t", "headers": '{"ce_id": "x"}'}], 0, began_ns=0)  # told before traces were on
    created, sent = recorded.all()
    assert created.kind is SpanKind.PRODUCER
    assert f"{parent_of(created):016x}" == "b" * 16
    assert f"{id_of(created):016x}" in sealed.headers["traceparent"]
    assert (sent.name, parent_of(sent)) == (f"send {sealed.topic}", id_of(created))
    assert created.attributes["messaging.message.conversation_id"] == str(context.correlation_id)
    assert sent.attributes["messaging.destination.partition.id"] == "3"


def settings(monkeypatch, **env):
    base = {"MENTORING_KAFKA_BROKERS": "k:9092", "MENTORING_DATABASE_URL": "postgresql://x@y/z"}
    base |= {"MENTORING_JWKS_URL": "https://x/y", "MENTORING_TOKEN_ISSUER": "z"}
    for name, value in (base | env).items():
        monkeypatch.setenv(name, value)
    return load(Settings)


def test_the_collector_is_named_as_every_collector_says(monkeypatch):
    assert settings(monkeypatch).otlp_endpoint is None
    found = settings(monkeypatch, OTEL_EXPORTER_OTLP_ENDPOINT="http://otel:4318", OTEL_TRACES_SAMPLER_ARG="0.25")
    assert (str(found.otlp_endpoint), found.trace_ratio) == ("http://otel:4318/", 0.25)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "otel:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ],
)
def test_a_wrong_setting_of_traces_stops_the_start_by_its_name(monkeypatch, name, value):
    with pytest.raises(WrongSettings, match=f"  {name}: "):
        settings(monkeypatch, **{name: value})


class _Refusing(BaseHTTPRequestHandler):
    asked = 0

    def do_POST(self):
        _Refusing.asked += 1
        self.send_error(400)

    def log_message(self, *_):
        pass


async def test_a_collector_that_refuses_or_hangs_holds_up_nobody_and_is_said_once(monkeypatch, capsys):
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="`make setup` brings the OTLP exporter")
    from chassis import tracing_export

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    stop = tracing_export.start(settings(monkeypatch, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint), service="profiles")
    for tries in range(1, 6):
        before = time.perf_counter()
        with tracing.continued(None, "one"):
            pass
        assert time.perf_counter() - before < 0.1
        await eventually(lambda tries=tries: _Refusing.asked >= tries, within=10)
    await stop()
    server.shutdown()
    assert not tracing.is_on()
    said = [line for line in capsys.readouterr().out.splitlines() if "traces.not_exported" in line]
    assert len(said) == 1


async def test_a_collector_that_never_answers_delays_the_end_by_five_seconds_at_most(monkeypatch):
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="`make setup` brings the OTLP exporter")
    import socket

    from chassis import tracing_export

    monkeypatch.setattr(tracing_export, "FLUSH_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        stop = tracing_export.start(settings(monkeypatch, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint), service="profiles")
        with tracing.continued(None, "one"):
            pass
        before = time.perf_counter()
        await stop()
        assert time.perf_counter() - before < 2
