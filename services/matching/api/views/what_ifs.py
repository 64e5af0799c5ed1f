"""What callers get to see of a what-if."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from contracts.event import PersonId
from contracts.matching import ProgramId, RunId
from services.matching.api.views.reports import SegmentView, ShortageView
from services.matching.domain.difference import Change, sums
from services.matching.domain.run import RunState
from services.matching.domain.what_if import WhatIf, WhatIfId
from services.matching.progress import PHASES

_POINTS = "in ten-millionths of a perfect match"
_COVERAGE = "mentees with a mentor, in millionths"


class ResultView(BaseModel):
    """The best matching by one policy."""

    mentees: int
    seats: int
    allowed_pairs: int
    matched: int
    coverage_ppm: int = Field(description=_COVERAGE)
    score: int = Field(description=f"by the scores of this policy, {_POINTS}")
    mean_score: int | None = Field(description=f"of those with a mentor, by the scores of this policy, {_POINTS}")
    segments: list[SegmentView]
    shortages: list[ShortageView]
    groups: list[SegmentView] = []

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """The figures of a certificate and a report."""
        return cls.model_validate(found["report"] | sums(found["certificate"]))


class ServedView(BaseModel):
    """How one group fares in one of the results."""

    mentees: int
    matched: int
    coverage_ppm: int = Field(description=_COVERAGE)
    mean_score: int | None = Field(description=f"of those with a mentor, by the scores of this result, {_POINTS}")


class GroupView(BaseModel):
    """A group in both results; null where a result has too few of them to tell."""

    by: str
    name: str
    now: ServedView | None
    then: ServedView | None


class DifferenceView(BaseModel):
    """Both results beside each other."""

    now: ResultView
    then: ResultView
    keep: int = Field(description="mentees who would have the same mentor")
    change: int = Field(description="mentees who would have another one")
    gain: int = Field(description="mentees who would have one, and have none now")
    lose: int = Field(description="mentees who would have none, and have one now")
    forbidden: int = Field(description="pairs of now that the other policy does not allow")
    score_now: int = Field(description=f"of the pairs of now, by the scores of the other policy, {_POINTS}")
    score_then: int = Field(description=f"of the pairs of the other policy, by its scores, {_POINTS}")
    groups: list[GroupView] = Field(description="by job family, by level, and those that people opted into")
    lost: int | None = Field(
        None, description="with `run_id`: who was in the run and has left since; they are in neither"
    )
    same_inputs: bool | None = Field(
        None, description="with `run_id`: `now` has the input of the run's certificate, so it is its result"
    )


class WhatIfView(BaseModel):
    """A question about another policy, and its answer once it is completed."""

    what_if_id: WhatIfId
    program_id: ProgramId
    policy_version: int
    run_id: RunId | None = Field(description="whose people it is about; null: as they are now")
    state: RunState
    queued_at: datetime
    completed_at: datetime | None
    problem: str | None
    phase: str | None = Field(
        description=f"what it is, or was, at: {', '.join(PHASES)}; and again for the other policy"
    )
    done: float | None = Field(description="the share of the phase, 0 to 1")
    difference: DifferenceView | None

    @classmethod
    def of(cls, asked: WhatIf) -> Self:
        """The question as it stands."""
        found = asked.result
        sides = {side: ResultView.of(found[side]) for side in ("now", "then")} if found else {}
        plain = {name: getattr(asked, name) for name in cls.model_fields if name != "difference"}
        return cls(**plain, difference=DifferenceView.model_validate(found | sides) if found else None)


class ChangeView(BaseModel):
    """A mentee whose mentor would be another one; null: none."""

    mentee_id: PersonId
    mentor_now: PersonId | None
    mentor_then: PersonId | None
    score_now: int | None = Field(description=f"by the other policy, {_POINTS}; null: it does not allow the pair")
    score_then: int | None = Field(description=f"by the other policy, {_POINTS}")
    difference: int | None = Field(description="of the two scores; null where one is missing")

    @classmethod
    def of(cls, change: Change) -> Self:
        """The mentee."""
        return cls(
            mentee_id=change.mentee_id,
            mentor_now=change.mentor_now,
            mentor_then=change.mentor_then,
            score_now=change.score_now,
            score_then=change.score_then,
            difference=change.difference,
        )
