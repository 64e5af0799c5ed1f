"""What callers get to see."""

from datetime import date, datetime, timedelta
from typing import Any, Self

from pydantic import BaseModel

from contracts.event import PersonId
from contracts.matching import SCORE_SCALE, MatchId, Origin, ProgramId, Reason, Rules, RunId, Weights
from services.matching.domain.match import Match, Side, State
from services.matching.domain.program import Program, ProgramState
from services.matching.domain.run import Pair, Run, RunState, Unmatched
from services.matching.engine.shortlist import Candidate, WhyNot


class ProgramView(BaseModel):
    """A program, with the names of `program.toml`."""

    program_id: ProgramId
    state: ProgramState
    policy_version: int
    name: str
    purpose: str
    starts_on: date
    ends_on: date
    length_weeks: int
    coordinators: tuple[PersonId, ...]
    functions: tuple[str, ...]
    rules: Rules
    weights: Weights
    meeting_every_days: int
    offer_working_days: int
    agreement_days: int
    checkin_days: tuple[int, ...]
    checkin_every_days: int
    checkin_grace_days: int
    opened_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, program: Program) -> Self:
        """The program as it stands."""
        policy = program.policy
        return cls(
            program_id=program.program_id,
            state=program.state,
            policy_version=program.policy_version,
            ends_on=policy.starts_on + timedelta(weeks=policy.length_weeks),
            opened_at=program.opened_at,
            closed_at=program.closed_at,
            **{name: getattr(policy, name) for name in _PLAIN},
            **dict(policy.cadence),
        )


_PLAIN = ("name", "purpose", "starts_on", "length_weeks", "coordinators", "functions", "rules", "weights")


class RunView(BaseModel):
    """A cohort run."""

    run_id: RunId
    program_id: ProgramId
    policy_version: int
    state: RunState
    queued_at: datetime
    completed_at: datetime | None
    problem: str | None
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
        )


class UnmatchedView(BaseModel):
    """A mentee without a mentor, and why."""

    mentee_id: PersonId
    rule: str
    reason: str

    @classmethod
    def of(cls, unmatched: Unmatched) -> Self:
        """The mentee."""
        return cls(mentee_id=unmatched.mentee_id, rule=unmatched.rule, reason=unmatched.reason)


class LookingView(BaseModel):
    """A mentee of a program who has nobody and is being offered nobody."""

    mentee_id: PersonId


class ReleaseView(BaseModel):
    """What releasing a run's offers came to."""

    run_id: RunId
    released_at: datetime
    offered: int
    skipped: list[PairView]


class MatchView(BaseModel):
    """An offer as its two people and the coordinators see it."""

    match_id: MatchId
    program_id: ProgramId
    run_id: RunId | None
    origin: Origin
    mentee_id: PersonId
    mentor_id: PersonId
    state: State
    score: int
    proposed_at: datetime
    expires_at: datetime
    undecided: tuple[PersonId, ...]
    closed_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, match: Match, *, to: PersonId, coordinator: bool) -> Self:
        """The offer. Why somebody declined is for them and the coordinators."""
        secret = match.state is State.DECLINED and match.closed_by != to and not coordinator
        return cls(
            **match.ids(),
            run_id=match.run_id if match.origin == "run" else None,
            origin=match.origin,
            state=match.state,
            score=match.fit.score,
            proposed_at=match.proposed_at,
            expires_at=match.expires_at,
            undecided=match.undecided if match.state is State.PROPOSED else (),
            closed_at=match.closed_at,
            reason=None if secret else match.reason,
        )


class ExplanationView(BaseModel):
    """Why these two: each side reads it from its own end, coordinators from both."""

    match_id: MatchId
    policy_version: int
    score: int
    scale: int = SCORE_SCALE
    parts: dict[str, int]
    reasons: tuple[Reason, ...]
    reasons_for_mentor: tuple[Reason, ...] | None = None

    @classmethod
    def of(cls, match: Match, *, to: PersonId) -> Self:
        """The stored reasons: those that held when the offer was made."""
        fit, side = match.fit, match.side_of(to)
        return cls(
            match_id=match.match_id,
            policy_version=fit.policy_version,
            score=fit.score,
            parts=fit.parts,
            reasons=fit.reasons_for_mentor if side is Side.MENTOR else fit.reasons,
            reasons_for_mentor=None if side else fit.reasons_for_mentor,
        )


class CandidateView(BaseModel):
    """A mentor who would suit, and why."""

    mentor_id: PersonId
    score: int
    parts: dict[str, int]
    reasons: tuple[Reason, ...]

    @classmethod
    def of(cls, candidate: Candidate) -> Self:
        """The candidate."""
        return cls(
            mentor_id=candidate.mentor_id,
            score=candidate.score.points,
            parts=candidate.score.parts,
            reasons=candidate.reasons,
        )


class CandidatesView(BaseModel):
    """A shortlist, the best first. Empty: nobody is allowed and free, or the mentee has a mentor."""

    items: list[CandidateView]


class WhyNotView(BaseModel):
    """Why a mentor is not the mentee's."""

    mentor_id: PersonId
    text: str
    rule: str | None = None
    score: int | None = None
    loss: int | None = None

    @classmethod
    def of(cls, mentor_id: PersonId, why: WhyNot) -> Self:
        """The reason. Who avoids whom is said to nobody."""
        shown: dict[str, Any] = {"rule": None if why.rule in {"avoid", "forbidden"} else why.rule}
        return cls(
            mentor_id=mentor_id,
            text=why.text,
            score=why.score.points if why.score else None,
            loss=why.loss,
            **shown,
        )
