"""`report.json`: what happened, in numbers. Events are counted on the topics by the observer, never believed."""

import platform
from collections import Counter
from typing import Any

from deploy.local.demo.life import Life

COUNTED = {
    "offers": "match-proposed",
    "accepted": "match-accepted",
    "declined": "match-declined",
    "lapsed": "match-lapsed",
    "relationships": "relationship-started",
    "agreements_signed": "agreement-signed",
    "agreements_diverged": "agreement-diverged",
    "meetings_held": "meeting-held",
    "checkins_due": "checkin-due",
    "checkins_completed": "checkin-completed",
    "checkins_missed": "checkin-missed",
    "letters_sent": "letter-sent",
    "letters_suppressed": "letter-suppressed",
}


def report(
    life: Life, *, pending: int, parked: int, seconds: dict[str, float], servers: dict[str, str]
) -> dict[str, Any]:
    """The report, in the shape that `interfaces.md` promises."""
    roles = _roles(life)
    (run,) = [seen.body for seen in life.seen if seen.name == "match-run-completed"]
    counts = life.observer.counts
    return {
        "people": len(_people(life)),
        "rejected": life.imported["refused"],
        "mentors": roles["mentor"],
        "mentees": roles["mentee"],
        "pairs": run["matched"],
        "coverage": run["matched"],
        "coverage_bound": run["matched_bound"],
        "gap_ppm": run["gap_ppm"],
        **{name: counts[event] for name, event in COUNTED.items()},
        "events": dict(sorted(counts.items())),
        "outbox_pending": pending,
        "parked": parked,
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "versions": {**servers, "python": platform.python_version()},
    }


def _people(life: Life) -> set[str]:
    return {seen.body["person_id"] for seen in life.seen if seen.name == "profile-updated"}


def _roles(life: Life) -> Counter[str]:
    """How many people take part as what, by their first profile."""
    first: dict[str, list[str]] = {}
    for seen in life.seen:
        if seen.name == "profile-updated":
            first.setdefault(seen.body["person_id"], seen.body["roles"])
    return Counter(role for roles in first.values() for role in roles)
