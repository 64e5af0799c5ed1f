"""A relationship with what belongs to it, as one viewer may see it."""

from chassis.db import Tx
from contracts.engagement import RelationshipId
from contracts.event import PersonId
from services.engagement.api.views import (
    AgreementView,
    RelationshipItem,
    RelationshipView,
    checkin_view,
    meeting_view,
)
from services.engagement.domain.agreement import Sides, differences
from services.engagement.domain.checkin import readers
from services.engagement.domain.errors import NobodyWouldRead
from services.engagement.domain.person import Person
from services.engagement.domain.relationship import Relationship
from services.engagement.domain.viewer import Viewer
from services.engagement.store import agreements, checkins, meetings, people, programs, relationships


async def look_at(tx: Tx, relationship_id: RelationshipId, viewer: Viewer) -> RelationshipView:
    """The relationship; somebody who may not see it is told that there is none."""
    relationship = await relationships.visible(tx, relationship_id, viewer)
    me = viewer.person_id if viewer.is_one_of(relationship.sides) else None
    sides = await agreements.sides_of(tx, relationship_id)
    known = await people.people_of(tx, relationship.sides)
    coordinators = await programs.coordinators_of(tx, relationship.program_id)
    return RelationshipView(
        **item(relationship).model_dump(),
        agreement=agreement_view(relationship, sides, me),
        wants=list(known[relationship.mentee_id].wants),
        private_notes_go_to=_readers(coordinators, relationship, known[me]) if me else [],
        meetings=[meeting_view(each) for each in await meetings.meetings_of(tx, relationship_id)],
        checkins=[checkin_view(each) for each in await checkins.checkins_in(tx, relationship_id, of=me)],
    )


def item(relationship: Relationship) -> RelationshipItem:
    """The relationship as one of a list."""
    return RelationshipItem(
        id=relationship.id,
        match_id=relationship.match_id,
        program_id=relationship.program_id,
        mentee_id=relationship.mentee_id,
        mentor_id=relationship.mentor_id,
        starts_on=relationship.starts_on,
        ends_on=relationship.ends_on,
        status="running" if relationship.closed_at is None else "closed",
        signed_at=relationship.signed_at,
        closed_at=relationship.closed_at,
        reason=relationship.reason,
    )


def agreement_view(relationship: Relationship, sides: Sides, me: PersonId | None) -> AgreementView:
    """The agreement without what this viewer must not see yet; `me` is None for who is not one of the pair."""
    steps = differences(*sides.both) if sides.both else {}
    filled = zip(relationship.sides, (sides.mentee, sides.mentor), strict=True)
    return AgreementView(
        state="signed" if relationship.signed_at else "diverged" if steps else "open",
        due_at=relationship.agreement_due_at,
        filled=[person_id for person_id, wish in filled if wish],
        mentee=sides.mentee if sides.both or me == relationship.mentee_id else None,
        mentor=sides.mentor if sides.both or me == relationship.mentor_id else None,
        steps=steps,
    )


def _readers(coordinators: tuple[PersonId, ...], relationship: Relationship, writer: Person) -> list[PersonId]:
    try:
        return list(readers(coordinators, relationship, writer))
    except NobodyWouldRead:
        return []
