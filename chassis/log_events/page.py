"""docs/logs.md: every log line on one page, for people who read them at night."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chassis.log_events import registered
from chassis.log_events.fields import CONTEXT, EVERYWHERE
from chassis.log_events.model import Field, LogEvent
from chassis.log_events.schema import all_fields

_READING = Path(__file__).with_name("reading.md")
"""How lines are read: the one part that is written by hand."""


def page() -> str:
    """The whole page."""
    whose = registered()
    events = [event for events in whose.values() for event in events]
    parts = [
        _READING.read_text(encoding="utf-8"),
        "\n## Fields\n\n",
        _fields(all_fields(events), events),
        "\n## All lines\n\n",
        _index(events),
    ]
    for owner, lines in whose.items():
        parts.append(f"\n## {_title(owner)}\n")
        parts += [_event(each) for each in lines]
    return "".join(parts)


def anchor(event: str) -> str:
    """Where an event stands on the page, as GitHub names it."""
    return event.replace(".", "")


def _title(owner: str) -> str:
    return "Every service" if owner == "chassis" else f"Of {owner} alone"


def _fields(fields: Iterable[Field], events: list[LogEvent]) -> str:
    rows = ([f"`{f.name}`", *_words(f), _code(f.otel), _code(f.ecs), _where(f, events)] for f in fields)
    return _table("Field | Type | Meaning | Unit | OpenTelemetry | ECS | On", rows)


def _where(field: Field, events: list[LogEvent]) -> str:
    if field in EVERYWHERE:
        return "every line"
    if field in CONTEXT:
        return "any line that belongs to one"
    on = [event.name for event in events if field in event.fields]
    shown = ", ".join(f"[{name}](#{anchor(name)})" for name in on[:3])
    return shown + (f" and {len(on) - 3} more" if len(on) > 3 else "")  # noqa: PLR2004 - a cell has room for three


def _index(events: Iterable[LogEvent]) -> str:
    rows = ([f"[{e.name}](#{anchor(e.name)})", ", ".join(e.levels), e.meaning] for e in events)
    return _table("Event | Level | What it means for people", rows)


def _event(event: LogEvent) -> str:
    head = f"\n### {event.name}\n\n`{'` or `'.join(event.levels)}` · {event.meaning}\n\n**To do:** {event.mend}"
    head += "\n" if head.endswith(".") else ".\n"
    if not event.fields:
        return head
    rows = [[f"`{f.name}`", *_words(f), "yes"] for f in event.always]
    rows += [[f"`{f.name}`", *_words(f), "no"] for f in event.sometimes]
    return f"{head}\n{_table('Field | Type | Meaning | Unit | Always there', rows)}"


def _words(field: Field) -> tuple[str, str, str]:
    return _type(field.schema), field.about, field.unit


def _type(node: dict[str, Any]) -> str:
    if "enum" in node:
        return "one of " + ", ".join(f"`{value}`" for value in node["enum"])
    kinds: list[str] = node["type"] if isinstance(node["type"], list) else [node["type"]]
    formats: dict[str, str] = {"uuid": "UUID", "date-time": "instant"}
    plain = {"integer": "whole number", "string": "text", "null": "null", "array": "list", "object": "map"}
    named = [
        formats.get(node.get("format", ""), "text") if kind == "string" else plain.get(kind, kind) for kind in kinds
    ]
    return " or ".join(named)


def _code(name: str) -> str:
    return f"`{name}`" if name else ""


def _table(head: str, rows: Iterable[Iterable[str]]) -> str:
    titles = [title.strip() for title in head.split("|")]
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
