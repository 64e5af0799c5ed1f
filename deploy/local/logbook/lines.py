"""One line of whatever part, understood as far as showing and filtering need it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic_core import from_json

LEVELS = ("debug", "info", "warning", "error", "critical")
_AT = re.compile(r"\[?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(?:[.,](\d{1,6}))?(?: (UTC|GMT))?")
_WORDS = re.compile(r"\b(DEBUG|TRACE|INFO|LOG|WARN|WARNING|CRIT|ERROR|FATAL|PANIC)\b")
_NAMED = {"DEBUG": "debug", "TRACE": "debug", "WARN": "warning", "WARNING": "warning"}
_NAMED |= {"CRIT": "error", "ERROR": "error", "FATAL": "error", "PANIC": "error"}
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    """A line, with the part that wrote it. Those of ours have `fields`; a server's has its text only."""

    part: str
    at: datetime
    level: str
    text: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def event(self) -> str:
        """Which line of ours it is; empty for a server's."""
        return str(self.fields.get("event", ""))


def understand(part: str, text: str, *, before: Line | None = None) -> Line:
    """Reads a line. One that has no time of its own, of a traceback for example, belongs to the one before it."""
    if text.startswith("{"):
        try:
            fields = from_json(text)
            at = datetime.fromisoformat(fields["timestamp"])
            return Line(part, at, str(fields.get("level", "info")), text, fields)
        except (ValueError, KeyError, TypeError):
            pass
    said_at = _instant(text)
    if said_at is None and before is not None:
        return Line(part, before.at, before.level, text)
    named = _WORDS.search(text[:120])
    return Line(part, said_at or BEGINNING, _NAMED.get(named[1], "info") if named else "info", text)


def _instant(text: str) -> datetime | None:
    """When a server says it wrote the line: in this machine's time zone, unless it says UTC."""
    found = _AT.match(text)
    if not found:
        return None
    at = datetime.fromisoformat(found[1]).replace(microsecond=int((found[2] or "0").ljust(6, "0")))
    return at.replace(tzinfo=UTC) if found[3] else at.astimezone(UTC)


@dataclass(frozen=True)
class Wanted:
    """Which lines somebody asked for."""

    level: str = "debug"
    story: str = ""

    def __call__(self, line: Line) -> bool:
        """Whether this is one of them."""
        return LEVELS.index(line.level if line.level in LEVELS else "info") >= LEVELS.index(self.level) and (
            not self.story or self._belongs(line)
        )

    def _belongs(self, line: Line) -> bool:
        if not line.fields:
            return self.story in line.text
        return self.story in line.fields.values()
