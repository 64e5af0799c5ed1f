"""The digest: one letter in the morning for everything that can wait until then."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from contracts.event import PersonId
from contracts.notifications import Template
from services.notifications.domain.letter import Draft, Letter, Pace, Status, begin

SECTIONS: dict[str, tuple[Template, ...]] = {
    "decide": ("offer", "reminder"),
    "do": ("introduction", "agreement-diverged", "agreement-due", "checkin-due", "checkin-missed"),
    "meetings": ("meeting-scheduled", "meeting-cancelled"),
    "know": ("relationship-closed", "webhook-paused"),
}
"""What a reader looks for first stands first."""

_PLACE = {template: place for place, template in enumerate(t for each in SECTIONS.values() for t in each)}
_SECTION = {template: section for section, templates in SECTIONS.items() for template in templates}


@dataclass(frozen=True)
class Digest:
    """A digest letter and what lies in it."""

    letter: Letter
    items: tuple[Letter, ...]


def collect(due: Iterable[Letter], *, now: datetime) -> list[Digest]:
    """One digest per person, of everything that waits for this morning."""
    of_person: dict[PersonId, list[Letter]] = defaultdict(list)
    for letter in due:
        of_person[letter.person_id].append(letter)
    return [_digest(items, now) for _, items in sorted(of_person.items())]


def _digest(items: list[Letter], now: datetime) -> Digest:
    first = min(items, key=lambda item: (item.planned_at, item.id))
    draft = Draft(
        template="digest",
        person_id=first.person_id,
        matter=f"digest:{first.id}",
        pace=Pace.DIGEST,
        facts={"link": ""},
    )
    letter = replace(begin(draft, first.cause, now=now), status=Status.PLANNED, send_at=now)
    collected = (replace(item, status=Status.COLLECTED, digest_id=letter.id) for item in items)
    return Digest(letter, in_order(collected))


def in_order(items: Iterable[Letter]) -> tuple[Letter, ...]:
    """As they stand in the digest: by section, then by kind, then the oldest first."""
    return tuple(sorted(items, key=lambda item: (_PLACE[item.template], item.planned_at, item.id)))


def by_section(items: Iterable[Letter]) -> list[tuple[str, list[Letter]]]:
    """The digest's sections that hold something."""
    return [(name, list(each)) for name, each in groupby(in_order(items), key=lambda i: _SECTION[i.template])]
