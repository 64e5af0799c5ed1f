"""The span of one letter's way to the mail server, where traces are recorded; else nothing.

A letter that goes at once is part of the trace that planned it. One that waited for a working hour, or lies in a
digest, begins a trace of its own with a link to each that planned it: nobody reads a trace that lasts days.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from opentelemetry.trace import Span, SpanKind

from chassis import spans, tracing
from services.notifications.domain.fate import Outcome
from services.notifications.domain.letter import Letter
from services.notifications.handlers.letters import AT_ONCE


def begin(letter: Letter, items: Sequence[Letter], *, smtp_url: str, now: datetime) -> tuple[Letter, Span | None]:
    """The letter, so that what is told of it goes on with its span, and the span; `end` ends it."""
    if not tracing.is_on():
        return letter, None
    planned_in = letter.cause.traceparent
    waited = now - letter.planned_at > AT_ONCE or bool(items)
    server = urlsplit(smtp_url)
    span = tracing.opened(
        None if waited else planned_in,
        "SMTP send",
        SpanKind.CLIENT,
        links=[each.cause.traceparent for each in (letter, *items)] if waited else (),
        attributes={
            "network.protocol.name": "smtp",
            "server.address": server.hostname or "",
            **({"server.port": server.port} if server.port else {}),
            "mentoring.letter.id": str(letter.id),
            "mentoring.letter.template": letter.template,
            "mentoring.letter.attempt": letter.attempts,
            spans.CONVERSATION: str(letter.cause.correlation_id),
        },
    )
    return replace(letter, cause=replace(letter.cause, traceparent=tracing.traceparent(span))), span


def end(span: Span | None, outcome: Outcome | None) -> None:
    """Says what the mail server answered. No outcome: something overtook the letter before it was handed over."""
    if span is None:
        return
    span.set_attribute("mentoring.letter.outcome", outcome.kind if outcome else "overtaken")
    if outcome and outcome.code is not None:
        span.set_attribute("mentoring.smtp.reply_code", outcome.code)
    if outcome and outcome.kind != "taken":
        tracing.fail(span, str(outcome.code or outcome.kind))
    span.end()
