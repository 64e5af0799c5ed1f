"""What a line and its fields are described with."""

from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["debug", "info", "warning", "error"]
Schema = dict[str, Any]

NOTHING = "nothing"
"""What to do about a line that only says that all goes its way."""


@dataclass(frozen=True)
class Field:
    """A field of a line. One name means one thing, in whatever line it stands."""

    name: str
    schema: Schema
    """Its type, as JSON Schema."""
    about: str
    unit: str = ""
    otel: str = ""
    """What OpenTelemetry's semantic conventions call it, if they know it."""
    ecs: str = ""
    """What the Elastic Common Schema calls it, if it knows it."""


@dataclass(frozen=True)
class LogEvent:
    """A line: `<noun>.<past>`, at one of its levels, with the fields that are always there and those that may be."""

    name: str
    levels: tuple[Level, ...]
    meaning: str
    """What it means for people."""
    mend: str
    """What to do, or that nothing is to be done."""
    always: tuple[Field, ...] = ()
    sometimes: tuple[Field, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """All it may have beyond what every line has."""
        return (*self.always, *self.sometimes)


def line(
    name: str,
    level: Level | tuple[Level, ...],
    meaning: str,
    mend: str = NOTHING,
    *,
    always: tuple[Field, ...] = (),
    sometimes: tuple[Field, ...] = (),
) -> LogEvent:
    """Describes a line in the order in which it is read: what, how grave, what it means, what to do."""
    return LogEvent(name, (level,) if isinstance(level, str) else level, meaning, mend, always, sometimes)


def text(name: str, about: str, *, otel: str = "", ecs: str = "") -> Field:
    """A field that holds text."""
    return Field(name, {"type": "string"}, about, otel=otel, ecs=ecs)


def uuid(name: str, about: str, *, otel: str = "", ecs: str = "") -> Field:
    """A field that holds an id of ours."""
    return Field(name, {"type": "string", "format": "uuid"}, about, otel=otel, ecs=ecs)


def number(name: str, about: str, unit: str, *, least: int = 0, otel: str = "", ecs: str = "") -> Field:
    """A field that counts something."""
    return Field(name, {"type": "integer", "minimum": least}, about, unit, otel, ecs)


def choice(name: str, about: str, values: tuple[str, ...], *, otel: str = "", ecs: str = "") -> Field:
    """A field that holds one of a few words."""
    return Field(name, {"enum": list(values)}, about, otel=otel, ecs=ecs)
