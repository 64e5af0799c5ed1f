"""A pair, from the day both said yes to the day it ends."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from contracts.engagement import (
    Ending,
    MeetingCancelled,
    RelationshipClosed,
    RelationshipEvent,
    RelationshipId,
    RelationshipStarted,
)
from contracts.event import PersonId
from contracts.matching import Cadence, MatchAccepted, MatchId, ProgramId
from services.engagement.domain.errors import HasEnded
from services.engagement.domain.person import Person

_OF_A_MATCH = UUID("5c0e7a52-6f0e-5d1c-9a53-1f8f6f0b7c11")
REVIEW = timedelta(days=7)
"""How long after its last day a pair stays open for what is left to say."""


@dataclass(frozen=True)
class Relationship:
    """One pair in one program. It runs until it is closed; `signed_at` fixes the agreement."""

    id: RelationshipId
    match_id: MatchId
    program_id: ProgramId
    mentee_id: PersonId
    mentor_id: PersonId
    starts_on: date
    ends_on: date
    cadence: Cadence
    started_at: datetime
    agreement_due_at: datetime
    closes_at: datetime
    signed_at: datetime | None = None
    closed_at: datetime | None = None
    reason: Ending | None = None

    @property
    def pair(self) -> dict[str, Any]:
        """The five ids that every event about this pair carries."""
        return {
            "relationship_id": self.id,
            "match_id": self.match_id,
            "program_id": self.program_id,
            "mentee_id": self.mentee_id,
            "mentor_id": self.mentor_id,
        }

    @property
    def sides(self) -> tuple[PersonId, PersonId]:
        """Mentee and mentor."""
        return self.mentee_id, self.mentor_id

    def partner_of(self, person_id: PersonId) -> PersonId:
        """The other one."""
        return self.mentor_id if person_id == self.mentee_id else self.mentee_id

    def must_run(self) -> None:
        """Refuses, with the day, if this relationship has ended."""
        if self.closed_at is not None:
            raise HasEnded(f"this relationship ended on {self.closed_at:%Y-%m-%d}; it cannot be changed any more")


def relationship_id_of(match_id: MatchId) -> RelationshipId:
    """The same match always gives the same relationship, however often it is heard."""
    return uuid5(_OF_A_MATCH, str(match_id))


def start(
    match: MatchAccepted, mentee: Person, mentor: Person, *, now: datetime
) -> tuple[Relationship, list[RelationshipEvent]]:
    """A pair begins on the terms that were accepted."""
    terms = match.terms
    ends_on = last_day(terms.starts_on, terms.length_weeks)
    relationship = Relationship(
        id=relationship_id_of(match.match_id),
        match_id=match.match_id,
        program_id=match.program_id,
        mentee_id=match.mentee_id,
        mentor_id=match.mentor_id,
        starts_on=terms.starts_on,
        ends_on=ends_on,
        cadence=terms.cadence,
        started_at=now,
        agreement_due_at=agreement_due(match, mentee, mentor),
        closes_at=closing_of(ends_on, mentee, mentor),
    )
    told = RelationshipStarted(
        **relationship.pair,
        starts_on=relationship.starts_on,
        ends_on=relationship.ends_on,
        agreement_due_at=relationship.agreement_due_at,
    )
    return relationship, [told]


def last_day(starts_on: date, weeks: int) -> date:
    """The day on which so many weeks are full."""
    return starts_on + timedelta(weeks=weeks)


def agreement_due(match: MatchAccepted, mentee: Person, mentor: Person) -> datetime:
    """The later of both mornings, each on a working day of theirs: nobody gets less time than the other."""
    day = match.terms.starts_on + timedelta(days=match.terms.cadence.agreement_days)
    return max(person.morning(person.working_day(day)) for person in (mentee, mentor))


def closing_of(ends_on: date, mentee: Person, mentor: Person) -> datetime:
    """When a pair that nobody closed is closed: a week after its last day, in the later of both mornings."""
    return max(person.morning(ends_on + REVIEW) for person in (mentee, mentor))


def overdue_at(relationship: Relationship) -> datetime:
    """When a missing agreement becomes the coordinator's task: after the same time once more."""
    return relationship.agreement_due_at + timedelta(days=relationship.cadence.agreement_days)


def close(
    relationship: Relationship, reason: Ending, cancelled: list[MeetingCancelled], *, now: datetime
) -> tuple[Relationship, list[RelationshipEvent]]:
    """The pair ends, without fault. Its meetings that will not take place are told before the end itself."""
    relationship.must_run()
    closed = RelationshipClosed(**relationship.pair, reason=reason)
    return replace(relationship, closed_at=now, reason=reason), [*cancelled, closed]
