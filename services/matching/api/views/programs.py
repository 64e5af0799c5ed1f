"""What callers get to see of programs."""

from datetime import date, datetime, timedelta
from typing import Self

from pydantic import BaseModel

from contracts.event import PersonId
from contracts.matching import Fairness, ProgramId, Rules, Weights
from services.matching.domain.program import Program, ProgramState


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
    continuous: bool
    rules: Rules
    weights: Weights
    fairness: Fairness
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


_PLAIN = (
    "name",
    "purpose",
    "starts_on",
    "length_weeks",
    "coordinators",
    "functions",
    "continuous",
    "rules",
    "weights",
    "fairness",
)


class LookingView(BaseModel):
    """A mentee of a program who has nobody and is being offered nobody."""

    mentee_id: PersonId
