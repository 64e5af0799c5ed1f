"""Something a coordinator should look at."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from contracts.engagement import CheckinId, RelationshipId
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.engagement.domain.errors import WrongState
from services.engagement.domain.relationship import Relationship

TaskId = UUID
MISSES_FOR_A_TASK = 2


class Kind(StrEnum):
    """Why the coordinator is asked."""

    AGREEMENT_OVERDUE = "agreement-overdue"
    CHECKINS_MISSED = "checkins-missed"


@dataclass(frozen=True)
class Task:
    """One thing to look at, in one pair. Without `done_by` it settled itself: they signed, answered or ended."""

    id: TaskId
    kind: Kind
    relationship_id: RelationshipId
    program_id: ProgramId
    created_at: datetime
    person_id: PersonId | None = None
    done_at: datetime | None = None
    done_by: PersonId | None = None


def agreement_overdue(relationship: Relationship, *, now: datetime) -> Task | None:
    """Twice the time went by without an agreement; at most one such task per pair."""
    if relationship.signed_at is not None or relationship.closed_at is not None:
        return None
    task_id = uuid5(relationship.id, f"task/{Kind.AGREEMENT_OVERDUE}")
    return Task(task_id, Kind.AGREEMENT_OVERDUE, relationship.id, relationship.program_id, now)


def checkins_missed(
    relationship: Relationship, person_id: PersonId, checkin_id: CheckinId, in_a_row: int, *, now: datetime
) -> Task | None:
    """The second miss in a row makes the task; a third one belongs to the same."""
    if in_a_row != MISSES_FOR_A_TASK:
        return None
    task_id = uuid5(relationship.id, f"task/{Kind.CHECKINS_MISSED}/{checkin_id}")
    return Task(task_id, Kind.CHECKINS_MISSED, relationship.id, relationship.program_id, now, person_id)


def finish(task: Task, *, by: PersonId, now: datetime) -> Task:
    """A coordinator has looked at it."""
    if task.done_at is not None:
        raise WrongState(f"this task was done on {task.done_at:%Y-%m-%d} already")
    return replace(task, done_at=now, done_by=by)
