"""A shortlist that is kept up to date: who would suit a mentee now, and what is told when that changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid5

from contracts.event import PersonId
from contracts.matching import Listed, Reason, ShortlistUpdated
from services.matching.domain.program import Program


@dataclass(frozen=True, slots=True)
class Entry:
    """A mentor on the list, and why."""

    mentor_id: PersonId
    score: int
    parts: dict[str, int]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A list, best first, and when it was found."""

    entries: Sequence[Entry]
    as_of: datetime


def news(program: Program, mentee_id: PersonId, entries: Sequence[Entry]) -> ShortlistUpdated:
    """What is told of a list that is another one than before; its id comes from mentee and program."""
    return ShortlistUpdated(
        shortlist_id=uuid5(program.program_id, mentee_id),
        mentee_id=mentee_id,
        program_id=program.program_id,
        policy_version=program.policy_version,
        mentors=tuple(Listed(mentor_id=each.mentor_id, score=each.score, reasons=each.reasons) for each in entries),
    )
