"""One offer to two people, from the first question to its end."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from contracts.event import PersonId
from contracts.matching import MatchId, Origin, ProgramId, Reason, RunId


class State(StrEnum):
    """Where an offer stands. `proposed` and `accepted` are open, the others are final."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    """It was accepted, and the pair's time together is over."""


class Side(StrEnum):
    """Which of the two."""

    MENTEE = "mentee"
    MENTOR = "mentor"


@dataclass(frozen=True, slots=True)
class Ask:
    """The question put to one side: until when it stands, when it is repeated, and the answer."""

    person_id: PersonId
    answer_by: datetime
    reminders: tuple[datetime, ...]
    reminded: int = 0
    """How many of the reminders are behind us."""
    accepted_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Nobody has said yes to it yet."""
        return self.accepted_at is None

    def reminders_due(self, now: datetime) -> int:
        """How many reminders should be behind us by now."""
        return sum(at <= now for at in self.reminders)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well two people fit under one version of a policy, and why. The parts add up to the score."""

    policy_version: int
    score: int
    parts: dict[str, int]
    reasons: tuple[Reason, ...]
    """As the mentee reads them; they are the ones that are told."""
    reasons_for_mentor: tuple[Reason, ...] = ()
    completeness: int | None = None
    """Share of the score's weight that both answer, in ten-millionths; told with the offer, not kept."""


@dataclass(frozen=True, slots=True)
class Match:
    """An offer. What does not fit the state is refused by the table, too."""

    match_id: MatchId
    program_id: ProgramId
    origin: Origin
    run_id: RunId | None
    fit: Fit
    mentee: Ask
    mentor: Ask
    proposed_at: datetime
    state: State = State.PROPOSED
    closed_at: datetime | None = None
    closed_by: PersonId | None = None
    reason: str | None = None

    @property
    def reserves_a_seat(self) -> bool:
        """Own requests reserve nothing: the mentor sees them side by side."""
        return self.origin != "request"

    @property
    def asks(self) -> tuple[Ask, Ask]:
        """Both sides, the mentee first."""
        return (self.mentee, self.mentor)

    @property
    def undecided(self) -> tuple[PersonId, ...]:
        """Who has not said yes."""
        return tuple(ask.person_id for ask in self.asks if ask.open)

    @property
    def expires_at(self) -> datetime:
        """The earliest deadline that is still open; of a decided match, the last one that mattered."""
        return min((ask.answer_by for ask in self.asks if ask.open), default=max(a.answer_by for a in self.asks))

    @property
    def next_reminder_at(self) -> datetime | None:
        """When somebody who has not answered should be asked again, if there is such a moment."""
        to_come = [at for ask in self.asks if ask.open for at in ask.reminders[ask.reminded :]]
        return min(to_come, default=None)

    def side_of(self, person_id: PersonId) -> Side | None:
        """Which side this person is on, if any."""
        if person_id == self.mentee.person_id:
            return Side.MENTEE
        return Side.MENTOR if person_id == self.mentor.person_id else None

    def ids(self) -> dict[str, Any]:
        """What every event about it carries."""
        return {
            "match_id": self.match_id,
            "program_id": self.program_id,
            "mentee_id": self.mentee.person_id,
            "mentor_id": self.mentor.person_id,
        }
