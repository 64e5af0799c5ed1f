"""What callers get to see of candidates."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from contracts.event import PersonId
from contracts.matching import Reason
from services.matching.domain.sentences import REFUSED_BY_YOU
from services.matching.domain.shortlist import Entry
from services.matching.engine.rules import Rule
from services.matching.engine.shortlist import Candidate, WhyNot


class CandidateView(BaseModel):
    """A mentor who would suit, and why."""

    mentor_id: PersonId
    score: int
    parts: dict[str, int]
    reasons: tuple[Reason, ...]
    rank: int | None = Field(description="which the mentee gave; for them alone, null to everybody else")

    @classmethod
    def of(cls, candidate: Candidate, *, rank: int | None) -> Self:
        """The candidate."""
        return cls(
            mentor_id=candidate.mentor_id,
            score=candidate.score.points,
            parts=candidate.score.parts,
            reasons=candidate.reasons,
            rank=rank,
        )

    @classmethod
    def kept(cls, entry: Entry, *, rank: int | None = None) -> Self:
        """The same, as it stands on a list that is kept."""
        return cls(mentor_id=entry.mentor_id, score=entry.score, parts=entry.parts, reasons=entry.reasons, rank=rank)


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
    def of(cls, mentor_id: PersonId, why: WhyNot, *, own: bool) -> Self:
        """The reason. Who avoids whom is said to nobody, whom they refused to the mentee alone (`own`)."""
        if own and why.rule is Rule.REFUSED:
            return cls(mentor_id=mentor_id, text=REFUSED_BY_YOU, rule=why.rule)
        return cls(
            mentor_id=mentor_id,
            text=why.text,
            rule=None if why.rule in _PRIVATE else why.rule,
            score=why.score.points if why.score else None,
            loss=why.loss,
        )


_PRIVATE = {Rule.AVOID, Rule.FORBIDDEN, Rule.REFUSED}
