"""What every event has in common: one class, one type name, one topic, one key."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from contracts.topics import DataClass, Topic

PREFIX = "mentoring"
LONGEST_TEXT = 2_000


@dataclass(frozen=True)
class Deprecated:
    """What goes with this major version, and when at the earliest. `docs/subscribers/deprecation.md` is the policy."""

    until: date
    """The last day on which it is told for sure."""
    instead: str
    """What to read from now on."""

    def __str__(self) -> str:
        return f"Deprecated, told until {self.until} at least. Instead: {self.instead}."

    def marks(self) -> dict[str, Any]:
        """How a JSON Schema says it."""
        return {"deprecated": True, "x-sunset": self.until.isoformat(), "x-instead": self.instead}


def about(
    description: str,
    *,
    example: Any,
    unit: str | None = None,
    data: DataClass = DataClass.INTERNAL,
    default: Any = ...,
    deprecated: Deprecated | None = None,
    **bounds: Any,
) -> Any:
    """A field of an event: what it means, in which unit, how carefully to handle it, what it looks like."""
    extra: dict[str, Any] = {"x-data-class": data.name.lower()}
    if unit:
        extra["x-unit"] = unit
    if deprecated:
        extra |= deprecated.marks()
        description = f"{description}. {deprecated}"
    return Field(default, description=description, examples=[example], json_schema_extra=extra, **bounds)


def in_utc(instant: datetime) -> str:
    """The instant as it stands on the wire: RFC 3339, in UTC, with a `Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


PersonId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""The person's id in the HR directory."""
Instant = Annotated[AwareDatetime, PlainSerializer(in_utc, return_type=str, when_used="json")]
"""A moment; RFC 3339 in UTC on the wire."""
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]


class Part(BaseModel):
    """A value inside an event. Closed for who writes it; `Event.read` lets readers be tolerant."""

    # An error of a person's event must not carry what it refused into a log.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Event(Part):
    """A fact, in the past tense. Its id, time and sequence travel beside it as CloudEvents headers."""

    topic: ClassVar[Topic]
    version: ClassVar[int] = 1
    deprecated: ClassVar[Deprecated | None] = None

    @classmethod
    def event_name(cls) -> str:
        """`match-proposed` for MatchProposed."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    @cache
    def event_type(cls) -> str:
        """The CloudEvents type: `mentoring.match-proposed.v1`."""
        return f"{PREFIX}.{cls.event_name()}.v{cls.version}"

    @property
    def key(self) -> str:
        """The id of the aggregate whose story this event belongs to."""
        return str(getattr(self, self.topic.key))

    @classmethod
    def read(cls, body: bytes | str) -> Self:
        """Reads a body from the wire; fields that this reader does not know yet are ignored."""
        return cls.model_validate_json(body, extra="ignore")

    def body(self) -> str:
        """The body on the wire: plain JSON."""
        return self.model_dump_json()

    @classmethod
    def example(cls) -> Self:
        """A valid event made from the examples of its fields."""
        given = {name: field.examples[0] for name, field in cls.model_fields.items() if field.examples}
        return cls.model_validate(given)
