"""What a mentee gets to see of their own choices; nobody else sees any."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from contracts.event import PersonId
from services.matching.domain.choice import Choice


class ChoiceView(BaseModel):
    """What they said of a mentor."""

    mentor_id: PersonId
    rank: int | None = Field(description="1: whom they would like most; null: refused")
    refused: bool
    chosen_at: datetime

    @classmethod
    def of(cls, choice: Choice) -> Self:
        """The choice."""
        return cls(mentor_id=choice.mentor_id, rank=choice.rank, refused=choice.refused, chosen_at=choice.chosen_at)
