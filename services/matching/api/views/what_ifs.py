"""What callers get to see of a what-if."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.api.views.reports import SegmentView, ShortageView
from services.matching.domain.run import RunState
from services.matching.domain.what_if import Change, WhatIf, WhatIfId

_POINTS = "in ten-millionths of a perfect match"


class ResultView(BaseModel):
    """The best matching by one policy."""

    mentees: int
    seats: int
    allowed_pairs: int
    matched: int
    score: int = Field(description=f"by the scores of this policy, {_POINTS}")
    segments: list[SegmentView]
    shortages: list[ShortageView]
    groups: list[SegmentView] = []

    @classmethod
    def of(cls, found: dict[str, Any]) -> Self:
        """The figures of a certificate and a report."""
        return cls.model_validate(found["certificate"] | found["report"])


class DifferenceView(BaseModel):
    """Both results beside each other."""

    now: ResultView
    then: ResultView
    keep: int = Field(description="mentees who would have the same mentor")
    forbidden: int = Field(description="pairs of now that the other policy does not allow")
    score_now: int = Field(description=f"of the pairs of now, by the scores of the other policy, {_POINTS}")
    score_then: int = Field(description=f"of the pairs of the other policy, by its scores, {_POINTS}")


class WhatIfView(BaseModel):
    """A question about another policy, and its answer once it is completed."""

    what_if_id: WhatIfId
    program_id: ProgramId
    policy_version: int
    state: RunState
    queued_at: datetime
    completed_at: datetime | None
    problem: str | None
    difference: DifferenceView | None

    @classmethod
    def of(cls, asked: WhatIf) -> Self:
        """The question as it stands."""
        found = asked.result
        sides = {side: ResultView.of(found[side]) for side in ("now", "then")} if found else {}
        return cls(
            what_if_id=asked.what_if_id,
            program_id=asked.program_id,
            policy_version=asked.policy_version,
            state=asked.state,
            queued_at=asked.queued_at,
            completed_at=asked.completed_at,
            problem=asked.problem,
            difference=DifferenceView.model_validate(found | sides) if found else None,
        )


class ChangeView(BaseModel):
    """A mentee whose mentor would be another one; null: none."""

    mentee_id: PersonId
    mentor_now: PersonId | None
    mentor_then: PersonId | None

    @classmethod
    def of(cls, change: Change) -> Self:
        """The mentee."""
        return cls(mentee_id=change.mentee_id, mentor_now=change.mentor_now, mentor_then=change.mentor_then)
