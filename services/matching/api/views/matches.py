"""What callers get to see of offers."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from contracts.event import PersonId
from contracts.matching import SCORE_SCALE, MatchId, Origin, ProgramId, Reason, RunId
from services.matching.domain.match import Match, Side, State


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
