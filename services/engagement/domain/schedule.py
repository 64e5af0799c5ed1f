"""Which check-in comes next, and when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from contracts.matching import Cadence
from services.engagement.domain.person import Person


@dataclass(frozen=True)
class Slot:
    """A place in somebody's row of check-ins."""

    number: int
    due_at: datetime


def checkin_days(cadence: Cadence) -> Iterator[int]:
    """Days after the start, rising without end: the first ones as listed, then one every so many days."""
    first = sorted({day for day in cadence.checkin_days if day > 0})
    yield from first
    yield from count((first[-1] if first else 0) + cadence.checkin_every_days, cadence.checkin_every_days)


def next_checkin(
    starts_on: date, ends_on: date, cadence: Cadence, person: Person, *, after: Slot | None
) -> Slot | None:
    """The first check-in after the last one asked: nine o'clock where the person is, on a day they work.

    None once it would fall behind the last day of the pair. Two that a weekend moves to one morning are one.
    """
    length = (ends_on - starts_on).days
    for number, days in enumerate(checkin_days(cadence), start=1):
        if days > length:
            return None
        if after is not None and number <= after.number:
            continue
        day = person.working_day(starts_on + timedelta(days=days))
        if day > ends_on:
            return None
        slot = Slot(number, person.morning(day))
        if after is None or slot.due_at > after.due_at:
            return slot
    raise AssertionError("unreachable: the days rise without end")
