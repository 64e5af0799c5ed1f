"""Shared working hours of two people, worked out once for each two patterns of hours and zones."""

from datetime import date
from functools import lru_cache

from chassis.calendar import overlap_hours, parse_working_hours
from services.matching.engine.people import Person


def shared_minutes(one: Person, other: Person, week_of: date) -> int:
    """Minutes that both work at the same time, on the weekday of that week where it is most."""
    first, second = sorted(((one.working_hours, one.time_zone), (other.working_hours, other.time_zone)))
    return _minutes(*first, *second, week_of)


@lru_cache(maxsize=200_000)
def _minutes(a: tuple[str, ...], zone_a: str, b: tuple[str, ...], zone_b: str, week_of: date) -> int:
    hours = overlap_hours(parse_working_hours(a), zone_a, parse_working_hours(b), zone_b, week_of)
    return round(hours * 60)
