"""Lines as people read them, and as programs do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.text import Text

from chassis.log_events.fields import CONTEXT, EVERYWHERE

if TYPE_CHECKING:
    from deploy.local.logbook.lines import Line

_COLOURS = {"debug": "dim", "warning": "yellow", "error": "bold red", "critical": "bold red"}
_PARTS = ("cyan", "green", "magenta", "blue")
_IDS = tuple(field.name for field in CONTEXT)
_ASIDE = {*_IDS, *(field.name for field in EVERYWHERE), "exception"}


def as_json(line: Line) -> str:
    """A line of ours as it was written; a server's in the same form, so that a program reads all of them."""
    if line.fields:
        return line.text
    at = line.at.isoformat().replace("+00:00", "Z")
    return json.dumps({"timestamp": at, "service": line.part, "level": line.level, "message": line.text})


def as_text(line: Line) -> Text:
    """Time (UTC), part, level, event, then the rest, ids last; coloured where there are colours."""
    text = Text(f"{line.at:%Y-%m-%d %H:%M:%S}.{line.at.microsecond // 1000:03d}Z ", style="dim", end="")
    text.append(f"{line.part:<14}", style=_PARTS[sum(line.part.encode()) % len(_PARTS)])
    colour = _COLOURS.get(line.level, "default")
    text.append(f"{line.level:<8}", style=colour)
    if not line.fields:
        return text.append(line.text, style=colour)
    text.append(f"{line.event:<22}", style="bold")
    for name, value in line.fields.items():
        if name not in _ASIDE:
            text.append(f" {name}=", style="dim").append(_value(value))
    for error in (line.fields.get("exception") or [])[:1]:
        text.append(f" {_error(error)}", style=colour)
    return text.append("".join(f" {name}={line.fields[name]}" for name in _IDS if name in line.fields), style="dim")


def _value(value: Any) -> str:
    plain = isinstance(value, str) and value and not set(value) & set(' "=\n\t')
    return value if plain else json.dumps(value, ensure_ascii=False)


def _error(error: dict[str, Any]) -> str:
    """What was raised and the place where, as one would say it; the whole of it is in the JSON."""
    frames = error.get("frames") or [{}]
    place = f" at {frames[-1].get('filename', '?')}:{frames[-1].get('lineno', '?')}"
    return f"{error.get('exc_type')}: {error.get('exc_value')}{place}"
