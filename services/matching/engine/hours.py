"""Shared working hours of two people, worked out once for each two patterns of hours and zones."""

from datetime import date
from functools import lru_cache

from chassis.calendar import overlap_hours, parse_working_hours

Hours = tuple[tuple[str, ...], str]
"""Working hours as a profile has them, and their time zone."""


@lru_cache(maxsize=200_000)
def shared_minutes(one: Hours, other: Hours, week_of: date) -> int:
    """Minutes that both work at the same time, on the weekday of that week where it is most."""
    (spans, zone), (other_spans, other_zone) = one, other
    hours = overlap_hours(parse_working_hours(spans), zone, parse_working_hours(other_spans), other_zone, week_of)
    return round(hours * 60)
