"""What a coordinator decides about two people of a program, whatever their score."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.event import PersonId


class Verdict(StrEnum):
    """The two ways to decide."""

    PINNED = "pinned"
    """The next run pairs them, if no hard rule forbids it and the mentor has a seat."""
    FORBIDDEN = "forbidden"
    """They are never proposed to each other in this program."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision about a pair; it holds until it is taken back."""

    mentee_id: PersonId
    mentor_id: PersonId
    verdict: Verdict
    ruled_by: PersonId
    ruled_at: datetime
