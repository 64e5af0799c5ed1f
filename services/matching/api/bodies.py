"""What callers send. A program has the names of `program.toml`; the event nests what belongs together."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from chassis.http import Body
from contracts.event import LONGEST_TEXT, PersonId
from contracts.matching import Cadence, Fairness, Policy, ProgramId, Rules, RunId, Weights
from services.matching.domain import sense
from services.matching.domain.choice import LAST_RANK
from services.matching.domain.ruling import Verdict
from services.matching.domain.sense import DAYS_A_WEEK, FIRST_DAY, LAST_DAY, MOST_WEEKS

JobFamily = Annotated[str, Field(max_length=200)]
DayNumber = Annotated[int, Field(ge=1, le=MOST_WEEKS * DAYS_A_WEEK)]


class ProgramBody(Body):
    """A program. What is left out has its usual value."""

    name: str = Field(min_length=1, max_length=200)
    purpose: str = Field("", max_length=LONGEST_TEXT)
    starts_on: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    ends_on: date | None = Field(None, description="instead of `length_weeks`: the last day, in whole weeks")
    length_weeks: int | None = Field(None, ge=1, le=MOST_WEEKS, description="12 if neither is given")
    coordinators: tuple[PersonId, ...] | None = Field(
        None, max_length=100, description="left out: whoever opens it, or those it has"
    )
    functions: tuple[JobFamily, ...] = Field((), max_length=200, description="job families that may join; empty: all")
    continuous: bool = Field(False, description="keep a shortlist up to date for everybody who looks for a mentor")
    rules: Rules = Rules()
    weights: Weights = Weights()
    fairness: Fairness = Fairness()
    meeting_every_days: int = Field(14, ge=1, le=365)
    offer_working_days: int = Field(3, ge=1, le=30)
    agreement_days: int = Field(7, ge=1, le=90)
    checkin_days: tuple[DayNumber, ...] = Field((14, 45), max_length=50)
    checkin_every_days: int = Field(45, ge=1, le=365)
    checkin_grace_days: int = Field(2, ge=1, le=30)

    @field_validator("weights")
    @classmethod
    def _add_up(cls, weights: Weights) -> Weights:
        return sense.add_up(weights)

    @field_validator("rules")
    @classmethod
    def _band(cls, rules: Rules) -> Rules:
        return sense.with_a_band(rules)

    @field_validator("checkin_days")
    @classmethod
    def _rising(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sense.rising(days))

    @field_validator("ends_on")
    @classmethod
    def _after_the_start(cls, ends_on: date | None, info: object) -> date | None:
        starts_on = getattr(info, "data", {}).get("starts_on")
        return sense.after(starts_on, ends_on) if ends_on and starts_on else ends_on

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        sense.weeks(self.starts_on, self.ends_on, self.length_weeks)
        return self

    @property
    def weeks(self) -> int:
        """How long a pair works together."""
        return sense.weeks(self.starts_on, self.ends_on, self.length_weeks)

    def policy(self, *, coordinators: tuple[PersonId, ...] = ()) -> Policy:
        """The policy as it is told; `coordinators` are those it has when the caller names none."""
        return Policy(
            name=self.name,
            purpose=self.purpose,
            starts_on=self.starts_on,
            length_weeks=self.weeks,
            coordinators=coordinators if self.coordinators is None else self.coordinators,
            functions=self.functions,
            continuous=self.continuous,
            rules=self.rules,
            weights=self.weights,
            fairness=self.fairness,
            cadence=Cadence(**{name: getattr(self, name) for name in Cadence.model_fields}),
        )


class WhatIfBody(ProgramBody):
    """A program that is not, and whose people it is tried on."""

    run_id: RunId | None = Field(None, description="the people as this run had them; left out: as they are now")


class RulingBody(Body):
    """A decision about a pair."""

    verdict: Verdict = Field(description="`pinned`: the next run pairs them; `forbidden`: they are never proposed")


class ChoiceBody(Body):
    """What a mentee says of a mentor: a rank, or that they do not want them."""

    rank: int | None = Field(None, ge=1, le=LAST_RANK, description="1: whom you would like most; each once")
    refuse: Literal[True] | None = Field(None, description="true: never propose us to each other in this program")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.rank is None) == (self.refuse is None):
            raise ValueError(f'give either {{"rank": 1}}, up to {LAST_RANK}, or {{"refuse": true}}')
        return self


class AskBody(Body):
    """A mentee's own request."""

    program_id: ProgramId
    mentor_id: PersonId


class DeclineBody(Body):
    """Why not. The other side does not see it."""

    reason: str = Field("", max_length=LONGEST_TEXT, description="in your words; addresses are masked")
