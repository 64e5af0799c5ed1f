"""Working hours and working days in any zone, on any day: what always holds."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from chassis.calendar import (
    WEEKDAYS,
    add_working_days,
    at_local,
    is_working_day,
    local_day,
    next_working_time,
    overlap_hours,
    parse_working_hours,
    working_intervals,
)

ZONES = some.sampled_from(
    [
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",  # jumps at midnight
        "America/St_Johns",
        "Australia/Lord_Howe",  # jumps by half an hour
        "Asia/Kathmandu",
        "Africa/Cairo",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
        "UTC",
    ]
)
INSTANTS = some.integers(0, 7 * 365 * 86_400).map(lambda s: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
DAYS = some.dates(date(2024, 1, 1), date(2030, 12, 31))
COUNTRIES = some.sampled_from([None, "DE", "US", "EG"])


@some.composite
def _spans(draw):
    first, last = draw(some.sampled_from(WEEKDAYS)), draw(some.sampled_from(WEEKDAYS))
    start = draw(some.integers(0, 24 * 4 - 1))
    end = draw(some.integers(start + 1, 24 * 4))
    return f"{first}-{last} {start // 4:02}:{start % 4 * 15:02}-{end // 4:02}:{end % 4 * 15:02}"


HOURS = some.lists(_spans(), min_size=1, max_size=3).map(parse_working_hours)


@given(DAYS, some.times(), some.times(), ZONES)
def test_a_later_local_time_is_never_an_earlier_instant(day, one, other, zone):
    earlier, later = sorted([one, other])
    assert at_local(day, earlier, zone) <= at_local(day, later, zone)


@given(INSTANTS, some.floats(0, 12), ZONES, HOURS, COUNTRIES)
@settings(max_examples=40)
def test_working_days_never_run_out_early(start, days, zone, hours, country):
    end = add_working_days(start, days, zone, hours, country)
    assert end >= start + timedelta(days=days) - timedelta(hours=1, seconds=1)  # a day of 23 hours is a day
    last = end - timedelta(microseconds=1)
    assert end == start or is_working_day(local_day(last, zone), hours, country)


@given(INSTANTS, some.integers(0, 20), some.integers(0, 20), HOURS, COUNTRIES)
@settings(max_examples=40)
def test_waiting_twice_is_waiting_the_sum(start, first, then, hours, country):
    def after(at, quarters):
        return add_working_days(at, quarters / 4, "Asia/Kathmandu", hours, country)

    assert after(after(start, first), then) == after(start, first + then)


@given(INSTANTS, some.floats(0, 6), some.floats(0, 6), ZONES, HOURS, COUNTRIES)
@settings(max_examples=40)
def test_more_days_are_never_over_sooner(start, one, other, zone, hours, country):
    fewer, more = sorted([one, other])
    assert add_working_days(start, fewer, zone, hours, country) <= add_working_days(start, more, zone, hours, country)


@given(INSTANTS, ZONES, HOURS, COUNTRIES)
@settings(max_examples=40)
def test_next_working_time_is_inside_working_hours(at, zone, hours, country):
    found = next_working_time(at, zone, hours, country)
    day = local_day(found, zone)
    assert found >= at
    assert is_working_day(day, hours, country)
    assert any(start <= found < end for start, end in working_intervals(day, zone, hours))
    assert next_working_time(found, zone, hours, country) == found


@given(HOURS, ZONES, HOURS, ZONES, DAYS)
@settings(max_examples=40)
def test_overlap_does_not_depend_on_who_comes_first(a, zone_a, b, zone_b, week_of):
    shared = overlap_hours(a, zone_a, b, zone_b, week_of)
    assert shared == overlap_hours(b, zone_b, a, zone_a, week_of)
    assert 0 <= shared <= 25
    assert overlap_hours(a, zone_a, a, zone_a, week_of) >= shared or zone_a != zone_b or a != b


@given(HOURS, DAYS)
@settings(max_examples=40)
def test_overlap_with_oneself_is_the_longest_working_day(hours, week_of):
    longest = max(sum(end - start for start, end in spans) for spans in hours.of_weekday) / 60
    assert overlap_hours(hours, "Asia/Kathmandu", hours, "Asia/Kathmandu", week_of) == longest


@given(DAYS, ZONES)
def test_midnight_begins_the_day(day, zone):
    assert local_day(at_local(day, time.min, zone), zone) == day
