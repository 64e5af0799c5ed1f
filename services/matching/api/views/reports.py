"""What callers get to see of a run's report."""

from typing import Any, Self

from pydantic import BaseModel, Field

from contracts.matching import ProgramId, RunId
from services.matching.domain.run import Run

_POINTS = "in ten-millionths of a perfect match"


class StabilityView(BaseModel):
    """How many pairs would rather have each other, and what a result without such pairs would cost."""

    blocking_pairs: int = Field(description="allowed pairs of which both would gain by leaving for each other")
    stable_matched: int = Field(description="mentees with a mentor in the stable option, which has no blocking pair")
    stable_score: int = Field(description=f"its total score, {_POINTS}")
    matched: int
    score: int


class SegmentView(BaseModel):
    """A group of ten mentees or more. Smaller ones are told together, as `(others)`, or not at all."""

    by: str
    name: str
    mentees: int
    matched: int
    entitled: int | None = Field(description="who could have a mentor if no other group needed one; null: too large")
    mean_score: int | None = Field(description=f"of those with a mentor, {_POINTS}")


class ShortageView(BaseModel):
    """A skill to recruit mentors for. Each mentee without a mentor is counted once, with the skill most wanted."""

    skill: str
    seats: int


class FloorView(BaseModel):
    """What the policy's `rules.min_score` comes to."""

    min_score: int = Field(description=_POINTS)
    left_out: int = Field(description="mentees who have nobody because of it alone")
    highest: int | None = Field(
        description=f"the best that any pair scores, of those that no other rule forbids, {_POINTS}; null: no pair"
    )


class FairnessView(BaseModel):
    """What steering for groups reached, and what it cost."""

    gap_before_ppm: int = Field(
        description="coverage of the best served group less that of the worst that could have more, in millionths"
    )
    gap_after_ppm: int
    price_ppm: int = Field(description="of the best possible score; the same as `gap_ppm` of the certificate")
    most_loss_ppm: int
    solves: int


class GroupsView(BaseModel):
    """How much was taken up, and nothing about who."""

    program_id: ProgramId
    groups: int
    people: int


class ReportView(BaseModel):
    """The figures of a run beside its certificate. Pinned pairs are not in them."""

    run_id: RunId
    stability: StabilityView
    segments: list[SegmentView]
    shortages: list[ShortageView]
    groups: list[SegmentView] = Field([], description="those that people opted into, from five mentees up")
    fairness: FairnessView | None = Field(None, description="null where nothing was steered")
    floor: FloorView | None = Field(None, description="null where the policy has none")

    @classmethod
    def of(cls, run: Run, report: dict[str, Any]) -> Self:
        """The report of a completed run."""
        certificate = run.certificate or {}
        reached = {name: certificate[name] for name in ("matched", "score")}
        return cls.model_validate(report | {"run_id": run.run_id, "stability": report["stability"] | reached})
