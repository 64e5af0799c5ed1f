"""What another policy would change, for the people as they are or as a run had them. Nobody is told or asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.event import PersonId
from contracts.matching import Policy, ProgramId, RunId
from services.matching.domain.run import RunState

WhatIfId = UUID


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The question, and once it is completed the figures of its `Difference` (all but `changes`)."""

    what_if_id: WhatIfId
    program_id: ProgramId
    policy_version: int
    """Of the policy as it is, or as the run had it."""
    policy: Policy
    """The other one."""
    state: RunState
    asked_by: PersonId
    queued_at: datetime
    attempts: int = 0
    completed_at: datetime | None = None
    problem: str | None = None
    run_id: RunId | None = None
    """Whose population it is about; None: the people as they are."""
    phase: str | None = None
    """What it is at while it is computed, `done` of it from 0 to 1; see `progress`."""
    done: float | None = None
    cancelled_by: PersonId | None = None
    result: dict[str, Any] | None = None
