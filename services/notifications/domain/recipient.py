"""Somebody we write to: where their clock is, what they read, what they want to hear of."""

from dataclasses import dataclass, field
from functools import cached_property

from chassis.calendar import DEFAULT, WorkingHours, parse_working_hours
from contracts.event import PersonId
from contracts.notifications import Template

MUTABLE: tuple[Template, ...] = (
    "reminder",
    "agreement-due",
    "agreement-diverged",
    "meeting-scheduled",
    "meeting-cancelled",
    "checkin-due",
    "checkin-missed",
)
"""What may be muted. Offers, introductions and endings concern somebody else too: those are always told."""


@dataclass(frozen=True)
class Preferences:
    """What a person chose; the defaults are what somebody has who never chose."""

    language: str | None = None
    digest_only: bool = False
    muted: frozenset[Template] = frozenset()


@dataclass(frozen=True)
class Recipient:
    """A person, as far as they are known; profile and contact data arrive independently."""

    person_id: PersonId
    name: str | None = None
    email: str | None = None
    time_zone: str | None = None
    languages: tuple[str, ...] = ()
    working_hours: tuple[str, ...] = ()
    country: str | None = None
    left: bool = False
    preferences: Preferences = field(default_factory=Preferences)

    @property
    def reachable(self) -> bool:
        """Whether we know where, and at what time of their day, to write."""
        return bool(self.email and self.name and self.time_zone)

    @property
    def zone(self) -> str:
        """Where their clock is."""
        return self.time_zone or "UTC"

    @cached_property
    def hours(self) -> WorkingHours:
        """When they work."""
        return parse_working_hours(self.working_hours) if self.working_hours else DEFAULT
