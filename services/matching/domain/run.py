"""A cohort run: a durable job from the question to its proven answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.event import PersonId
from contracts.matching import MatchId, ProgramId, RunId
from services.matching.domain.match import Fit


class RunState(StrEnum):
    """How far a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


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


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people a run put together, and what releasing made of it."""

    mentee_id: PersonId
    mentor_id: PersonId
    fit: Fit
    match_id: MatchId | None = None
    skipped: str | None = None


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
