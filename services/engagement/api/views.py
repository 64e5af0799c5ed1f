"""What callers read. Private notes have a view of their own, which no other view contains."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel

from contracts.engagement import (
    Agreement,
    AgreementField,
    Channel,
    CheckinId,
    Ending,
    MeetingId,
    RelationshipId,
)
from contracts.event import PersonId
from contracts.matching import MatchId, ProgramId
from services.engagement.domain import checkin, meeting, task


class RelationshipItem(BaseModel):
    """One pair in a list."""

    id: RelationshipId
    match_id: MatchId
    program_id: ProgramId
    mentee_id: PersonId
    mentor_id: PersonId
    starts_on: date
    ends_on: date
    status: Literal["running", "closed"]
    signed_at: datetime | None
    closed_at: datetime | None
    reason: Ending | None


class AgreementView(BaseModel):
    """How far the agreement is. A side's wish is shown to that side, and to everybody once both are in."""

    state: Literal["open", "diverged", "signed"]
    due_at: datetime
    filled: list[PersonId]
    mentee: Agreement | None
    mentor: Agreement | None
    steps: dict[AgreementField, int]


class MeetingView(BaseModel):
    """One meeting; send `revision` as `If-Match` to move it only if nobody else did meanwhile."""

    id: MeetingId
    relationship_id: RelationshipId
    starts_at: datetime
    ends_at: datetime
    channel: Channel
    revision: int
    status: meeting.Status


class CheckinView(BaseModel):
    """When somebody is asked, and what became of it."""

    id: CheckinId
    relationship_id: RelationshipId
    person_id: PersonId
    number: int
    due_at: datetime
    answer_by_at: datetime
    status: checkin.Status
    answered_at: datetime | None


class OwnCheckinView(CheckinView):
    """A check-in with the person's own answer, shown to nobody else. The private part is not shown again."""

    pulse: int | None = None
    went_well: str | None = None
    missing: str | None = None


class RelationshipView(RelationshipItem):
    """One pair as somebody who may see it sees it: their own check-ins, or both sides' for a coordinator."""

    agreement: AgreementView
    wants: list[str]
    """What the mentee wishes to learn: offered as focus of the agreement."""
    private_notes_go_to: list[PersonId]
    """Who would read the private part of an answer of yours."""
    meetings: list[MeetingView]
    checkins: list[CheckinView]


class NoteView(BaseModel):
    """A private note, for those it was addressed to."""

    checkin_id: CheckinId
    person_id: PersonId
    body: str
    written_at: datetime


class TaskView(BaseModel):
    """Something a coordinator should look at."""

    id: task.TaskId
    kind: task.Kind
    relationship_id: RelationshipId
    program_id: ProgramId
    person_id: PersonId | None
    created_at: datetime
    done_at: datetime | None
    done_by: PersonId | None


def meeting_view(shown: meeting.Meeting) -> MeetingView:
    """A meeting as it is shown."""
    return MeetingView(
        id=shown.id,
        relationship_id=shown.relationship_id,
        starts_at=shown.slot.starts_at,
        ends_at=shown.slot.ends_at,
        channel=shown.slot.channel,
        revision=shown.revision,
        status=shown.status,
    )


def checkin_view(shown: checkin.Checkin) -> CheckinView:
    """A check-in as others may see it."""
    return CheckinView(
        id=shown.id,
        relationship_id=shown.relationship_id,
        person_id=shown.person_id,
        number=shown.slot.number,
        due_at=shown.slot.due_at,
        answer_by_at=shown.answer_by_at,
        status=shown.status,
        answered_at=shown.answered_at,
    )


def own_checkin_view(shown: checkin.Checkin, answer: checkin.Answer | None) -> OwnCheckinView:
    """A check-in as its own person sees it."""
    said = {} if answer is None else answer.said
    return OwnCheckinView(**checkin_view(shown).model_dump(), **said)


def task_view(shown: task.Task) -> TaskView:
    """A task as it is shown."""
    return TaskView.model_validate(shown, from_attributes=True)
