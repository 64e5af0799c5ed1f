"""What callers get to see of candidates."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel

from contracts.event import PersonId
from contracts.matching import Reason
from services.matching.domain.shortlist import Entry
from services.matching.engine.shortlist import Candidate, WhyNot


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

    @classmethod
    def kept(cls, entry: Entry) -> Self:
        """The same, as it stands on a list that is kept."""
        return cls(mentor_id=entry.mentor_id, score=entry.score, parts=entry.parts, reasons=entry.reasons)


class CandidatesView(BaseModel):
    """A shortlist, the best first. Empty: nobody is allowed and free, or the mentee has a mentor."""

    items: list[CandidateView]
    as_of: datetime | None = None
    """When it last changed, in a program that keeps shortlists; absent where it was found for this request."""


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
