"""Check-ins: asked, and missed."""

from contracts.engagement import CheckinDue, CheckinMissed
from services.notifications.domain.drafts.sides import of_pair
from services.notifications.domain.letter import Draft, Pace


def checkin(event: CheckinDue) -> list[Draft]:
    """Asks how it goes: in the digest, or by itself where the digest would leave less than a day to answer."""
    facts = {"answer_by_at": event.answer_by_at.isoformat(), "link": f"checkins/{event.checkin_id}"}
    return [
        of_pair(
            event,
            event.person_id,
            "checkin-due",
            matter=checkin_of(event.checkin_id),
            pace=Pace.DIGEST,
            facts=facts,
            know_by_at=event.answer_by_at,
            void_at=event.answer_by_at,
        )
    ]


def missed_checkin(event: CheckinMissed) -> list[Draft]:
    """Says kindly that an answer is missing, to whom it is missing from and to nobody else."""
    facts = {"due_at": event.due_at.isoformat(), "link": f"checkins/{event.checkin_id}"}
    matter = checkin_of(event.checkin_id)
    return [of_pair(event, event.person_id, "checkin-missed", matter=matter, pace=Pace.DIGEST, facts=facts)]


def checkin_of(checkin_id: object) -> str:
    """The matter of everything about one check-in."""
    return f"checkin:{checkin_id}"
