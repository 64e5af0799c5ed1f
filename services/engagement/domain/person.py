"""A person as engagement knows them: where their clock is, when they work, what they want to learn."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from chassis import calendar
from contracts.event import PersonId
from contracts.profiles import ProfileUpdated

MORNING = time(9)
"""When somebody is asked for something: nine o'clock on their own wall."""
_SEARCHED_DAYS = 400
_ANY_DAY = date(2027, 1, 4)


@dataclass(frozen=True)
class Person:
    """Somebody of a pair."""

    id: PersonId
    time_zone: str
    working_hours: tuple[str, ...] = calendar.DEFAULT_SPANS
    country: str | None = None
    manager_id: PersonId | None = None
    wants: tuple[str, ...] = ()
    has_left: bool = False

    def working_day(self, day: date) -> date:
        """That day if this person works on it, else the next one on which they do."""
        hours = calendar.parse_working_hours(self.working_hours)
        for later in range(_SEARCHED_DAYS):
            if calendar.is_working_day(day + timedelta(days=later), hours, self.country):
                return day + timedelta(days=later)
        raise ValueError("these working hours never come")

    def morning(self, day: date) -> datetime:
        """Nine o'clock of that day where this person is."""
        return calendar.at_local(day, MORNING, self.time_zone)


def person_of(profile: ProfileUpdated) -> Person:
    """What engagement keeps of a profile. A zone or working hours that nobody can read are refused here."""
    person = Person(
        id=profile.person_id,
        time_zone=profile.time_zone,
        working_hours=profile.working_hours or calendar.DEFAULT_SPANS,
        country=profile.country,
        manager_id=profile.manager_id,
        wants=tuple(dict.fromkeys(want.skill for want in profile.wants)),
    )
    calendar.parse_working_hours(person.working_hours)
    person.morning(_ANY_DAY)
    return person
