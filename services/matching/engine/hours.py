"""Shared working hours of two people, worked out once for each two patterns of hours and zones."""

from datetime import date, timedelta
from functools import lru_cache

from chassis.calendar import overlap_hours, parse_working_hours, working_intervals

Hours = tuple[tuple[str, ...], str]
"""Working hours as a profile has them, and their time zone."""


@lru_cache(maxsize=200_000)
def shared_minutes(one: Hours, other: Hours, week_of: date) -> int:
    """Minutes that both work at the same time, on the weekday of that week where it is most."""
    (spans, zone), (other_spans, other_zone) = one, other
    hours = overlap_hours(parse_working_hours(spans), zone, parse_working_hours(other_spans), other_zone, week_of)
    return round(hours * 60)


@lru_cache(maxsize=200_000)
def begins(one: Hours, week_of: date) -> int:
    """The minute of the day in UTC at which their first working day of that week begins: who is near works together."""
    spans, zone = one
    hours = parse_working_hours(spans)
    first = week_of + timedelta(days=min(hours.working_weekdays))
    begin, _ = working_intervals(first, zone, hours)[0]
    return begin.hour * 60 + begin.minute
