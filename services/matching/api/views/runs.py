"""What callers get to see of cohort runs."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from contracts.event import PersonId
from contracts.matching import MatchId, ProgramId, Reason, RunId
from services.matching.domain.run import Pair, Run, RunState, SeatPrice, Unmatched
from services.matching.progress import PHASES


class RunView(BaseModel):
    """A cohort run."""

    run_id: RunId
    program_id: ProgramId
    policy_version: int
    state: RunState
    queued_at: datetime
    completed_at: datetime | None
    problem: str | None
    phase: str | None = Field(description="what it is, or was, at: " + ", ".join(PHASES))
    done: float | None = Field(description="the share of the phase, 0 to 1")
    matched_bound_so_far: int | None = Field(description="no more mentees can be matched; told by large runs")
    mentees: int | None = None
    mentors: int | None = None
    seats: int | None = None
    allowed_pairs: int | None = None
    matched: int | None = None
    matched_bound: int | None = None
    score: int | None = None
    score_bound: int | None = None
    gap_ppm: int | None = None
    released_at: datetime | None

    @classmethod
    def of(cls, run: Run) -> Self:
        """The run as it stands; the figures come with its completion."""
        figures = {k: v for k, v in (run.certificate or {}).items() if k in cls.model_fields}
        plain = {name: getattr(run, name) for name in _OF_RUN}
        return cls(**figures | plain)


_OF_RUN = (
    "run_id",
    "program_id",
    "policy_version",
    "state",
    "queued_at",
    "completed_at",
    "problem",
    "released_at",
    "phase",
    "done",
    "matched_bound_so_far",
)


class PairView(BaseModel):
    """Two people a run put together; after the release, the offer or why there is none."""

    mentee_id: PersonId
    mentor_id: PersonId
    score: int
    parts: dict[str, int]
    reasons: tuple[Reason, ...]
    match_id: MatchId | None
    skipped: str | None
    pinned: bool

    @classmethod
    def of(cls, pair: Pair) -> Self:
        """The pair as it stands."""
        return cls(
            mentee_id=pair.mentee_id,
            mentor_id=pair.mentor_id,
            score=pair.fit.score,
            parts=pair.fit.parts,
            reasons=pair.fit.reasons,
            match_id=pair.match_id,
            skipped=pair.skipped,
            pinned=pair.pinned,
        )


class MentorView(BaseModel):
    """A mentor with free seats in a run."""

    mentor_id: PersonId
    seats: int
    taken: int
    price: int = Field(description="what one more seat would be worth: the certificate's coverage_bonus + score")

    @classmethod
    def of(cls, price: SeatPrice) -> Self:
        """The mentor."""
        return cls(mentor_id=price.mentor_id, seats=price.seats, taken=price.taken, price=price.price)


class UnmatchedView(BaseModel):
    """A mentee without a mentor, and why."""

    mentee_id: PersonId
    rule: str
    reason: str

    @classmethod
    def of(cls, unmatched: Unmatched) -> Self:
        """The mentee."""
        return cls(mentee_id=unmatched.mentee_id, rule=unmatched.rule, reason=unmatched.reason)


class ReleaseView(BaseModel):
    """What releasing a run's offers came to."""

    run_id: RunId
    released_at: datetime
    offered: int
    skipped: list[PairView]
