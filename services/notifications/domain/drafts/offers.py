"""Offers to decide, and reminders of them."""

from typing import Any

from contracts.event import PersonId
from contracts.matching import MatchProposed, MatchReminderDue
from contracts.notifications import Template
from services.notifications.domain.drafts.sides import partner, side
from services.notifications.domain.letter import Draft, Pace


def offers(event: MatchProposed) -> list[Draft]:
    """Asks each who has not decided yet, with the reasons seen from their side."""
    reasons = {"reasons": [reason.model_dump(mode="json") for reason in event.reasons]}
    return [_asking(event, person, "offer", reasons) for person in event.undecided]


def reminder(event: MatchReminderDue) -> list[Draft]:
    """Reminds who is silent: the same matter as the offer, so it is read at once as well."""
    return [_asking(event, event.person_id, "reminder", {"number": event.number})]


def matter_of(match_id: object) -> str:
    """The matter of an offer and its reminders."""
    return f"offer:{match_id}"


def _asking(
    event: MatchProposed | MatchReminderDue, person: PersonId, template: Template, facts: dict[str, Any]
) -> Draft:
    return Draft(
        template=template,
        person_id=person,
        matter=matter_of(event.match_id),
        pace=Pace.AT_ONCE,
        partner_id=partner(event, person),
        program_id=event.program_id,
        story=event.match_id,
        know_by_at=event.expires_at,
        void_at=event.expires_at,
        facts={
            "side": side(event, person),
            "link": f"matches/{event.match_id}",
            "expires_at": event.expires_at.isoformat(),
        }
        | facts,
    )
