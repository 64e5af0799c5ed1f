"""Two people, and the view of each."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from contracts.engagement import RelationshipEvent
from contracts.event import PersonId
from contracts.matching import MatchEvent
from contracts.notifications import Template
from services.notifications.domain.letter import Draft, Pace


def both(event: MatchEvent | RelationshipEvent) -> tuple[PersonId, PersonId]:
    """The two people of a match or a relationship."""
    return event.mentee_id, event.mentor_id


def partner(event: MatchEvent | RelationshipEvent, person: PersonId) -> PersonId:
    """The other one."""
    return event.mentor_id if person == event.mentee_id else event.mentee_id


def side(event: MatchEvent | RelationshipEvent, person: PersonId) -> str:
    """`mentee` or `mentor`: which of the two this person is."""
    return "mentee" if person == event.mentee_id else "mentor"


def of_pair(
    event: RelationshipEvent,
    person: PersonId,
    template: Template,
    *,
    matter: str,
    pace: Pace,
    facts: Mapping[str, Any],
    know_by_at: datetime | None = None,
    void_at: datetime | None = None,
    delay: timedelta = timedelta(0),
) -> Draft:
    """A draft to one of a pair, about something in the life of the pair."""
    return Draft(
        template=template,
        person_id=person,
        matter=matter,
        pace=pace,
        partner_id=partner(event, person),
        program_id=event.program_id,
        story=event.relationship_id,
        know_by_at=know_by_at,
        void_at=void_at,
        delay=delay,
        facts={"side": side(event, person), "link": f"relationships/{event.relationship_id}"} | dict(facts),
    )
