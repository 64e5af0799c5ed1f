"""The life of a pair: its start, its agreement, its end."""

from datetime import timedelta

from contracts.engagement import AgreementDiverged, AgreementDue, RelationshipClosed, RelationshipStarted
from services.notifications.domain.drafts.sides import both, of_pair
from services.notifications.domain.letter import Draft, Pace

UNTIL_LEAVING_IS_HEARD = timedelta(minutes=15)


def introductions(event: RelationshipStarted) -> list[Draft]:
    """Introduces two people to each other, and asks both for the agreement."""
    facts = {
        "starts_on": event.starts_on.isoformat(),
        "ends_on": event.ends_on.isoformat(),
        "agreement_due_at": event.agreement_due_at.isoformat(),
    }
    matter = f"start:{event.relationship_id}"
    return [
        of_pair(event, person, "introduction", matter=matter, pace=Pace.SINGLE, facts=facts) for person in both(event)
    ]


def agreement_reminders(event: AgreementDue) -> list[Draft]:
    """Reminds both that the agreement is open."""
    matter = agreement_of(event.relationship_id)
    return [
        of_pair(event, person, "agreement-due", matter=matter, pace=Pace.DIGEST, facts={}) for person in both(event)
    ]


def differences(event: AgreementDiverged) -> list[Draft]:
    """Tells both where they differ. What the other answered stands in no letter."""
    matter, facts = agreement_of(event.relationship_id), {"fields": list(event.fields)}
    return [
        of_pair(event, person, "agreement-diverged", matter=matter, pace=Pace.SINGLE, facts=facts)
        for person in both(event)
    ]


def endings(event: RelationshipClosed) -> list[Draft]:
    """A neutral word to both. Whoever left the company gets none: that is decided when it is planned."""
    # `person-left` comes on another topic and may be heard a moment later than the ending it caused.
    delay = UNTIL_LEAVING_IS_HEARD if event.reason == "person-left" else timedelta(0)
    matter, facts = f"end:{event.relationship_id}", {"completed": event.reason == "completed"}
    return [
        of_pair(event, person, "relationship-closed", matter=matter, pace=Pace.SINGLE, facts=facts, delay=delay)
        for person in both(event)
    ]


def agreement_of(relationship_id: object) -> str:
    """The matter of everything about one agreement."""
    return f"agreement:{relationship_id}"
