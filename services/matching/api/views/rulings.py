"""What callers get to see of rulings."""

from dataclasses import asdict
from datetime import datetime
from typing import Self

from pydantic import BaseModel

from contracts.event import PersonId
from services.matching.domain.ruling import Ruling, Verdict


class RulingView(BaseModel):
    """A decision about a pair."""

    mentee_id: PersonId
    mentor_id: PersonId
    verdict: Verdict
    ruled_by: PersonId
    ruled_at: datetime

    @classmethod
    def of(cls, ruling: Ruling) -> Self:
        """The decision."""
        return cls(**asdict(ruling))
