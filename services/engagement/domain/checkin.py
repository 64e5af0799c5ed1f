"""A check-in: one person is asked how it goes, and answers in time or misses it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid5

from contracts.engagement import (
    CheckinCompleted,
    CheckinDue,
    CheckinId,
    CheckinMissed,
    RelationshipEvent,
    RelationshipId,
)
from contracts.event import PersonId
from services.engagement.domain.errors import NobodyWouldRead, WrongState
from services.engagement.domain.person import Person
from services.engagement.domain.relationship import Relationship
from services.engagement.domain.schedule import Slot


class Status(StrEnum):
    """Where a check-in stands."""

    PLANNED = "planned"
    OPEN = "open"
    COMPLETED = "completed"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Checkin:
    """One person's check-in. Planned until it is asked; then open until it is answered or missed."""

    id: CheckinId
    relationship_id: RelationshipId
    person_id: PersonId
    slot: Slot
    answer_by_at: datetime
    status: Status = Status.PLANNED
    answered_at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """What somebody said. `private` is kept apart and shown to named coordinators only."""

    pulse: int
    went_well: str = ""
    missing: str = ""
    private: str = ""

    @property
    def said(self) -> dict[str, int | str]:
        """The answer without its private part."""
        return {"pulse": self.pulse, "went_well": self.went_well, "missing": self.missing}


def plan(relationship: Relationship, person_id: PersonId, slot: Slot) -> Checkin:
    """The check-in of that place in somebody's row; the same place always has the same id."""
    return Checkin(
        id=uuid5(relationship.id, f"checkin/{person_id}/{slot.number}"),
        relationship_id=relationship.id,
        person_id=person_id,
        slot=slot,
        answer_by_at=slot.due_at + timedelta(days=relationship.cadence.checkin_grace_days),
    )


def ask(relationship: Relationship, checkin: Checkin) -> tuple[Checkin, list[RelationshipEvent]]:
    """The person is asked, once, and only while the relationship runs."""
    if relationship.closed_at is not None or checkin.status is not Status.PLANNED:
        return checkin, []
    due = CheckinDue(**_facts(relationship, checkin), answer_by_at=checkin.answer_by_at)
    return replace(checkin, status=Status.OPEN), [due]


def answer(
    relationship: Relationship, checkin: Checkin, upcoming: Slot | None, *, now: datetime
) -> tuple[Checkin, list[RelationshipEvent]]:
    """The person says how it goes. The instant decides whether that is in time, not when a timer is looked at."""
    relationship.must_run()
    _must_be_open(checkin)
    if now >= checkin.answer_by_at or checkin.status is Status.MISSED:
        raise WrongState(f"this check-in could be answered until {_said(checkin.answer_by_at)}; {_next(upcoming)}")
    completed = replace(checkin, status=Status.COMPLETED, answered_at=now)
    return completed, [CheckinCompleted(**_facts(relationship, checkin))]


def miss(
    relationship: Relationship, checkin: Checkin, before: Sequence[Status]
) -> tuple[Checkin, int, list[RelationshipEvent]]:
    """Nobody answered in time. `before`: how the person's earlier ones ended, the latest first.

    The number is how many were missed in a row; 0 when there was nothing to miss any more.
    """
    if relationship.closed_at is not None or checkin.status is not Status.OPEN:
        return checkin, 0, []
    in_a_row = 1 + _leading(before)
    missed = CheckinMissed(**_facts(relationship, checkin), missed_in_a_row=in_a_row)
    return replace(checkin, status=Status.MISSED), in_a_row, [missed]


def readers(coordinators: Iterable[PersonId], relationship: Relationship, writer: Person) -> tuple[PersonId, ...]:
    """Who may read what this person writes privately: the program's coordinators by name.

    Never the partner, never the writer's line manager, even if they coordinate the program.
    """
    kept_out = {writer.id, relationship.partner_of(writer.id), writer.manager_id}
    named = tuple(person for person in coordinators if person not in kept_out)
    if not named:
        raise NobodyWouldRead("this program has no coordinator who could read a private note; leave it out")
    return named


def _must_be_open(checkin: Checkin) -> None:
    if checkin.status is Status.PLANNED:
        raise WrongState(f"this check-in opens at {_said(checkin.slot.due_at)}; answer it then")
    if checkin.status is Status.COMPLETED:
        raise WrongState("you have answered this check-in already; thank you")
    if checkin.status is Status.CANCELLED:
        raise WrongState("this check-in was called off; there is nothing to answer")


def _leading(before: Sequence[Status]) -> int:
    for place, status in enumerate(before):
        if status is not Status.MISSED:
            return place
    return len(before)


def _next(upcoming: Slot | None) -> str:
    if upcoming is None:
        return "there is no further one before the relationship ends"
    return f"the next one opens at {_said(upcoming.due_at)}"


def _facts(relationship: Relationship, checkin: Checkin) -> dict[str, object]:
    return {
        **relationship.pair,
        "checkin_id": checkin.id,
        "person_id": checkin.person_id,
        "number": checkin.slot.number,
        "due_at": checkin.slot.due_at,
    }


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
