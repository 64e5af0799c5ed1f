"""Working hours, working days and public holidays, in a person's own time zone. Pure: no clock is read here.

Every instant is aware and in UTC. A local time that the clocks skip is the moment they jump, one that
comes twice is the first of the two: so a later local time is never an earlier instant.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DEFAULT_SPANS = ("Mon-Fri 09:00-17:00",)
_A_DAY = timedelta(days=1)
_SEARCHED_DAYS = 400  # nobody's next working day is further away than this
_DAY, _TIME = f"({'|'.join(WEEKDAYS)})", r"(\d{1,2}):([0-5]\d)"
_SPAN = re.compile(rf"{_DAY}(?:\s*-\s*{_DAY})?\s+{_TIME}\s*-\s*{_TIME}", re.IGNORECASE | re.ASCII)
Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When somebody works, per weekday (0 is Monday): minutes of the day, in order, apart."""

    of_weekday: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def working_weekdays(self) -> frozenset[int]:
        """The weekdays with hours; the others are this person's weekend."""
        return frozenset(day for day, spans in enumerate(self.of_weekday) if spans)


@lru_cache(maxsize=4096)
def _span(text: str) -> tuple[tuple[int, ...], int, int]:
    """The weekdays of one span, and from which to which minute."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"`{text}` is not a span of working hours; write it like `Mon-Fri 09:00-17:00`")
    first, last = (WEEKDAYS.index(name.capitalize()) for name in (found[1], found[2] or found[1]))
    start, end = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    if not start < end <= 24 * 60:
        night = "`Mon-Thu 22:00-24:00` and `Tue-Fri 00:00-06:00`"
        raise ValueError(f"`{text}` must begin and end on one day; write a night shift as two spans, like {night}")
    return tuple((first + step) % 7 for step in range((last - first) % 7 + 1)), start, end


def canonical_span(text: str) -> str:
    """The one way we write a span: `mon - fri 9:00-17:00` becomes `Mon-Fri 09:00-17:00`."""
    days, start, end = _span(text)
    names = WEEKDAYS[days[0]] if len(days) == 1 else f"{WEEKDAYS[days[0]]}-{WEEKDAYS[days[-1]]}"
    return f"{names} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def parse_working_hours(spans: Sequence[str]) -> WorkingHours:
    """Reads `Mon-Fri 09:00-17:00`, `Fri 09:00-13:00`, `Sun-Thu 08:00-16:00`; several are added up.

    A span stays within its day: a night shift is two. Anything else is a ValueError that tells the mend.
    """
    return _hours(tuple(spans))


@lru_cache(maxsize=4096)
def _hours(spans: tuple[str, ...]) -> WorkingHours:
    if not spans:
        raise ValueError(f"there are no working hours; write them like `{DEFAULT_SPANS[0]}`")
    found = [(day, start, end) for days, start, end in map(_span, spans) for day in days]
    of_weekday = [[(start, end) for day, start, end in found if day == weekday] for weekday in range(7)]
    return WorkingHours(tuple(map(_joined, of_weekday)))


def _joined(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The same minutes, each once and in order."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


DEFAULT = parse_working_hours(DEFAULT_SPANS)


def local_day(at: datetime, zone: str) -> date:
    """Which day it is in that zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def at_local(day: date, clock: time, zone: str) -> datetime:
    """The instant at which a clock on the wall in that zone shows this."""
    return _instant(datetime.combine(day, clock), zone)


def _instant(wall: datetime, zone: str) -> datetime:
    local = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    instant = local.astimezone(UTC)
    if instant.astimezone(local.tzinfo).replace(tzinfo=None) == wall:
        return instant
    return _jump(local.replace(fold=1).astimezone(UTC), instant, ZoneInfo(zone))


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second between the two at which the clocks jump."""
    before, after, shown = before.replace(microsecond=0), after.replace(microsecond=0), after.astimezone(zone)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        jumped = middle.astimezone(zone).utcoffset() == shown.utcoffset()
        before, after = (before, middle) if jumped else (middle, after)
    return after


@lru_cache(maxsize=2048)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    if country not in holidays.list_supported_countries():
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))


def is_working_day(day: date, hours: WorkingHours, country: str | None) -> bool:
    """A weekday with hours that is no nation-wide public holiday, as far as those are known."""
    if not hours.of_weekday[day.weekday()]:
        return False
    return country is None or day not in _public_holidays(country, day.year)


def working_intervals(day: date, zone: str, hours: WorkingHours) -> list[Interval]:
    """The hours of that local day as instants; public holidays are not looked at."""
    midnight, minute = datetime.combine(day, time.min), timedelta(minutes=1)
    spans = hours.of_weekday[day.weekday()]
    return [(_instant(midnight + a * minute, zone), _instant(midnight + b * minute, zone)) for a, b in spans]


def next_working_time(at: datetime, zone: str, hours: WorkingHours, country: str | None) -> datetime:
    """`at` itself if it lies inside working hours, else the next moment work begins."""
    day = local_day(at, zone)
    for _ in range(_SEARCHED_DAYS):
        for start, end in working_intervals(day, zone, hours) if is_working_day(day, hours, country) else ():
            if at < end and start < end:
                return max(at, start).astimezone(UTC)
        day += _A_DAY
    raise ValueError("these working hours never come")


def add_working_days(start: datetime, days: float, zone: str, hours: WorkingHours, country: str | None) -> datetime:
    """The earliest instant by which `days` working days have gone by since `start`.

    A working day has 24 hours on the wall; on all other days time stands still. Monday 10:00 and 3 days is
    Thursday 10:00; Friday 10:00 and 1 is Monday 10:00; Saturday and 1 is Tuesday 00:00, the end of Monday.
    """
    if days < 0:
        raise ValueError("working days are counted forward")
    left, wall = timedelta(days=days), start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    day, idle = datetime.combine(wall.date(), time.min), 0
    while left and idle < _SEARCHED_DAYS:
        idle += 1
        if is_working_day(day.date(), hours, country):
            rest, idle = day + _A_DAY - max(wall, day), 0
            if left <= rest:
                # `max`: in the hour that comes twice the wall alone would lead back before the start.
                return max(_instant(max(wall, day) + left, zone), start).astimezone(UTC)
            left -= rest
        day += _A_DAY
    if not left:
        return start.astimezone(UTC)
    raise ValueError("these working days never come")


@lru_cache(maxsize=65536)
def overlap_hours(a: WorkingHours, zone_a: str, b: WorkingHours, zone_b: str, week_of: date) -> float:
    """How many hours the two share on their best weekday of the week (Monday to Sunday) around `week_of`.

    A day is a local day of either, whichever gives more: the order of the two does not matter. What the other
    works meanwhile may lie on two of their days. Public holidays are not looked at.
    """
    monday = week_of - timedelta(days=week_of.weekday())
    of_a, of_b = _around(monday, zone_a, a), _around(monday, zone_b, b)
    best = max(_shared(one, other, at) for one, other in ((of_a, of_b), (of_b, of_a)) for at in range(2, 9))
    return best / timedelta(hours=1)


@lru_cache(maxsize=8192)
def _around(monday: date, zone: str, hours: WorkingHours) -> tuple[list[Interval], ...]:
    # Far ends of the date line are 26 hours apart, so a local day touches up to two days on either side.
    return tuple(working_intervals(monday + timedelta(days=step), zone, hours) for step in range(-2, 9))


def _shared(one: tuple[list[Interval], ...], other: tuple[list[Interval], ...], at: int) -> timedelta:
    meanwhile = [interval for day in other[at - 2 : at + 3] for interval in day]
    shares = (min(end, e) - max(start, s) for start, end in one[at] for s, e in meanwhile)
    return sum((share for share in shares if share > timedelta(0)), timedelta(0))
