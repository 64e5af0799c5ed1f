"""A webhook of somebody's gets nothing any more."""

from contracts.webhooks import SubscriptionPaused
from services.notifications.domain.letter import Draft, Pace


def paused_webhook(event: SubscriptionPaused) -> list[Draft]:
    """Tells its owner, by itself: every hour that nobody knows is an hour of events that nobody gets."""
    facts = {
        "receiver": event.receiver,
        "description": event.description,
        "gone": event.reason == "gone",
        "failing_since_at": event.failing_since_at.isoformat(),
        "subscription_id": str(event.subscription_id),
        "link": f"webhooks/{event.subscription_id}",
    }
    matter = f"webhook:{event.subscription_id}"
    return [Draft(template="webhook-paused", person_id=event.person_id, matter=matter, pace=Pace.SINGLE, facts=facts)]
