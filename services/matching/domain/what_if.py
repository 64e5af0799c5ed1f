"""What another policy would change, for the people as they are. Nobody is told, and nobody is asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.event import PersonId
from contracts.matching import Policy, ProgramId
from services.matching.domain.run import RunState

WhatIfId = UUID


@dataclass(frozen=True, slots=True)
class Change:
    """A mentee whose mentor would be another one, or none, or one at all."""

    mentee_id: PersonId
    mentor_now: PersonId | None
    mentor_then: PersonId | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Both results beside each other; of each the certificate and the report."""

    now: dict[str, Any]
    then: dict[str, Any]
    changes: tuple[Change, ...]
    keep: int
    """Mentees who would have the same mentor."""
    forbidden: int
    """Pairs of now that the other policy does not allow."""
    score_now: int
    """Of the pairs of now that the other policy allows, by its scores: those of two policies cannot be compared."""
    score_then: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The question, and once it is completed the figures of its `Difference` (all but `changes`)."""

    what_if_id: WhatIfId
    program_id: ProgramId
    policy_version: int
    """Of the policy as it is."""
    policy: Policy
    """The other one."""
    state: RunState
    asked_by: PersonId
    queued_at: datetime
    attempts: int = 0
    completed_at: datetime | None = None
    problem: str | None = None
    result: dict[str, Any] | None = None
