"""A letter: one matter, one person, one cause; and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from contracts.event import PersonId
from contracts.matching import ProgramId
from contracts.notifications import Template

_LETTERS = UUID("6f6c1a52-2f0e-5d54-9a0e-0c6c1f6f1d01")


class Status(StrEnum):
    """Where a letter is on its way."""

    UNADDRESSED = "unaddressed"
    """We do not know yet where to write to, or with whose name."""
    PLANNED = "planned"
    """Goes out by itself at `send_at`."""
    WAITING = "waiting"
    """Goes out in the digest of `send_at`."""
    COLLECTED = "collected"
    """Lies in a digest that is not sent yet."""
    SENDING = "sending"
    """About to be handed over: from here on nobody but the mail server knows."""
    SENT = "sent"
    SUPPRESSED = "suppressed"
    FAILED = "failed"


OPEN = (Status.UNADDRESSED, Status.PLANNED, Status.WAITING, Status.COLLECTED)
"""Still ours: whatever overtakes such a letter can hold it back."""


class Pace(StrEnum):
    """How soon a letter should be read."""

    AT_ONCE = "at-once"
    SINGLE = "single"
    DIGEST = "digest"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What an event gives somebody to read; nothing is decided yet about when."""

    template: Template
    person_id: PersonId
    matter: str
    """What it is about. A later letter about the same matter replaces an earlier one that is not sent yet."""
    pace: Pace
    partner_id: PersonId | None = None
    program_id: ProgramId | None = None
    story: UUID | None = None
    """The match or relationship it belongs to; when that ends, its open letters are outdated."""
    know_by_at: datetime | None = None
    """When it would be too late to learn of it."""
    void_at: datetime | None = None
    """When there is nothing left to write about."""
    delay: timedelta = timedelta(0)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Cause:
    """The event that led to a letter, and the story it is part of."""

    event_id: UUID
    happened_at: datetime
    correlation_id: UUID
    traceparent: str | None = None


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A draft that has an identity and a fate."""

    id: UUID
    cause: Cause
    draft: Draft
    planned_at: datetime
    status: Status
    send_at: datetime | None = None
    budgeted: bool = False
    """Whether it counts against the weekly budget when it goes out."""
    reason: str | None = None
    attempts: int = 0
    first_tried_at: datetime | None = None
    done_at: datetime | None = None
    language: str | None = None
    subject: str | None = None
    confirmed: bool = True
    """False: handed over, but we were stopped before the mail server's answer."""
    digest_id: UUID | None = None

    @property
    def person_id(self) -> PersonId:
        """To whom."""
        return self.draft.person_id

    @property
    def template(self) -> Template:
        """Which letter."""
        return self.draft.template


def letter_id(cause: UUID, person_id: PersonId, template: Template) -> UUID:
    """The same cause, person and template give the same letter, also after everything was lost but the topics."""
    return uuid5(_LETTERS, f"{cause}:{person_id}:{template}")


def begin(draft: Draft, cause: Cause, *, now: datetime) -> Letter:
    """A letter that nothing has been decided about."""
    identity = letter_id(cause.event_id, draft.person_id, draft.template)
    return Letter(id=identity, cause=cause, draft=draft, planned_at=now, status=Status.UNADDRESSED)
