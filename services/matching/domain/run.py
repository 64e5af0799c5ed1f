"""A cohort run: a durable job from the question to its proven answer."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from contracts.event import PersonId
from contracts.matching import MatchId, ProgramId, RunId
from services.matching.domain.match import Fit
from services.matching.domain.population import Packed
from services.matching.domain.sentences import CannotRun

if TYPE_CHECKING:
    from services.matching.domain.what_if import WhatIf

Asked = TypeVar("Asked", bound="Run | WhatIf")


class RunState(StrEnum):
    """How far a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def wanted(self) -> bool:
        """Whether somebody still waits for a result."""
        return self in {RunState.QUEUED, RunState.RUNNING}


@dataclass(frozen=True, slots=True)
class Run:
    """A run and, once it is completed, its certificate."""

    run_id: RunId
    program_id: ProgramId
    policy_version: int
    state: RunState
    asked_by: PersonId
    queued_at: datetime
    correlation_id: UUID
    attempts: int = 0
    completed_at: datetime | None = None
    problem: str | None = None
    certificate: dict[str, Any] | None = None
    released_at: datetime | None = None
    phase: str | None = None
    """What it is at while it is computed, `done` of it from 0 to 1; see `progress`."""
    done: float | None = None
    matched_bound_so_far: int | None = None
    cancelled_by: PersonId | None = None
    report: dict[str, Any] | None = None


def cancel(asked: Asked, *, by: PersonId, now: datetime) -> Asked:
    """Ends a run, or a what-if, without a result. Cancelling twice is the same as once."""
    if asked.state is RunState.CANCELLED:
        return asked
    if not asked.state.wanted:
        raise CannotRun(f"this one is {asked.state}; only what is not finished can be cancelled")
    return replace(asked, state=RunState.CANCELLED, completed_at=now, cancelled_by=by, problem="cancelled on request")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people a run put together, and what releasing made of it."""

    mentee_id: PersonId
    mentor_id: PersonId
    fit: Fit
    match_id: MatchId | None = None
    skipped: str | None = None
    pinned: bool = False
    """A coordinator decided it before the run."""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A mentee for whom a run found nobody: the rule for programs, the reason for people."""

    mentee_id: PersonId
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class SeatPrice:
    """What one more seat of a mentor would be worth to the program."""

    mentor_id: PersonId
    seats: int
    taken: int
    price: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run found, and the proof that nothing better can be found."""

    pairs: tuple[Pair, ...]
    unmatched: tuple[Unmatched, ...]
    prices: tuple[SeatPrice, ...]
    utilities: dict[PersonId, int]
    certificate: dict[str, Any]
    report: dict[str, Any]
    """An `engine.report.Report` as plain values."""
    population: Packed
    """What it was found from."""
