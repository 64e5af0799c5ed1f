"""Working hours and working days: the promises by example."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from chassis.calendar import (
    DEFAULT,
    add_working_days,
    at_local,
    canonical_span,
    is_working_day,
    local_day,
    next_working_time,
    overlap_hours,
    parse_working_hours,
)

BERLIN, JANUARY = "Europe/Berlin", date(2027, 1, 11)  # a Monday
SUN_TO_THU = parse_working_hours(["Sun-Thu 08:00-16:00"])


def berlin(day, clock="10:00"):
    return at_local(date.fromisoformat(day), time.fromisoformat(clock), BERLIN)


def test_spans_name_the_working_weekdays():
    assert DEFAULT.working_weekdays == {0, 1, 2, 3, 4}
    assert SUN_TO_THU.working_weekdays == {6, 0, 1, 2, 3}
    assert parse_working_hours(["Fri 09:00-13:00"]).working_weekdays == {4}


def test_several_spans_are_added_up():
    hours = parse_working_hours(["Mon-Thu 09:00-12:00", "Mon 13:00-17:00", "Mon 11:00-14:00"])
    assert hours.of_weekday[0] == ((540, 1020),)
    assert hours.of_weekday[1] == ((540, 720),)


@pytest.mark.parametrize(
    ("text", "way_out"),
    [
        ("9 to 5", "write it like `Mon-Fri 09:00-17:00`"),
        ("Mon-Fry 09:00-17:00", "write it like"),
        ("Mon 17:00-09:00", "two spans"),
        ("Mon 09:00-09:00", "two spans"),
        ("Mon 09:00-24:30", "begin and end on one day"),
        ("Mon 09:70-17:00", "write it like"),
    ],
)
def test_a_span_that_makes_no_sense_says_how_to_mend_it(text, way_out):
    with pytest.raises(ValueError, match=way_out):
        parse_working_hours([text])


def test_no_hours_at_all_are_refused():
    with pytest.raises(ValueError, match="no working hours"):
        parse_working_hours([])


def test_a_span_has_one_canonical_form():
    assert canonical_span(" mon - FRI  9:00 - 17:00") == "Mon-Fri 09:00-17:00"
    assert canonical_span("fri-fri 9:00-24:00") == "Fri 09:00-24:00"


def test_three_working_days_from_monday_are_thursday():
    assert add_working_days(berlin("2027-01-11"), 3, BERLIN, DEFAULT, None) == berlin("2027-01-14")


def test_the_weekend_does_not_count():
    assert add_working_days(berlin("2027-01-15"), 1, BERLIN, DEFAULT, None) == berlin("2027-01-18")
    assert add_working_days(berlin("2027-01-16"), 1, BERLIN, DEFAULT, None) == berlin("2027-01-19", "00:00")


def test_everybody_has_their_own_weekend():
    cairo = at_local(date(2027, 1, 13), time(10), "Africa/Cairo")  # a Wednesday
    assert add_working_days(cairo, 3, "Africa/Cairo", SUN_TO_THU, None) == cairo + timedelta(days=5)


def test_public_holidays_do_not_count_where_the_country_is_known():
    thursday = berlin("2027-03-25")  # Good Friday and Easter Monday follow, and the clocks change between
    assert add_working_days(thursday, 1, BERLIN, DEFAULT, "DE") == berlin("2027-03-30")
    assert add_working_days(thursday, 1, BERLIN, DEFAULT, None) == berlin("2027-03-26")
    assert add_working_days(thursday, 1, BERLIN, DEFAULT, "XX") == berlin("2027-03-26")


def test_half_days_are_counted_on_the_wall():
    assert add_working_days(berlin("2027-01-11"), 1.5, BERLIN, DEFAULT, None) == berlin("2027-01-12", "22:00")
    assert add_working_days(berlin("2027-01-15", "18:00"), 0.5, BERLIN, DEFAULT, None) == berlin("2027-01-18", "06:00")


def test_working_days_are_not_counted_backwards():
    with pytest.raises(ValueError, match="forward"):
        add_working_days(berlin("2027-01-11"), -1, BERLIN, DEFAULT, None)


def test_next_working_time_waits_for_the_morning_only_when_it_must():
    assert next_working_time(berlin("2027-01-11"), BERLIN, DEFAULT, None) == berlin("2027-01-11")
    assert next_working_time(berlin("2027-01-11", "08:59"), BERLIN, DEFAULT, None) == berlin("2027-01-11", "09:00")
    assert next_working_time(berlin("2027-01-15", "17:00"), BERLIN, DEFAULT, None) == berlin("2027-01-18", "09:00")
    assert next_working_time(berlin("2026-12-24", "18:00"), BERLIN, DEFAULT, "DE") == berlin("2026-12-28", "09:00")


def test_a_working_day_is_a_weekday_with_hours_and_no_holiday():
    assert is_working_day(JANUARY, DEFAULT, "DE")
    assert not is_working_day(date(2027, 1, 1), DEFAULT, "DE")
    assert not is_working_day(date(2027, 1, 16), DEFAULT, None)


def test_a_skipped_local_time_is_the_moment_the_clocks_jump():
    assert at_local(date(2027, 3, 28), time(2, 30), BERLIN) == datetime(2027, 3, 28, 1, tzinfo=UTC)
    assert at_local(date(2027, 10, 31), time(2, 30), BERLIN) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_the_local_day_is_the_day_there():
    assert local_day(datetime(2027, 1, 11, 23, tzinfo=UTC), "Asia/Tokyo") == date(2027, 1, 12)


def test_overlap_is_what_both_work_on_the_best_weekday():
    assert overlap_hours(DEFAULT, BERLIN, DEFAULT, BERLIN, JANUARY) == 8
    assert overlap_hours(DEFAULT, BERLIN, DEFAULT, "America/New_York", JANUARY) == 2
    assert overlap_hours(DEFAULT, BERLIN, DEFAULT, "Asia/Kathmandu", JANUARY) == 3.25
    assert overlap_hours(DEFAULT, BERLIN, DEFAULT, "Australia/Sydney", JANUARY) == 0


def test_overlap_is_judged_in_the_week_asked_for():
    # Between the second and the last Sunday of March, New York is an hour nearer.
    assert overlap_hours(DEFAULT, BERLIN, DEFAULT, "America/New_York", date(2027, 3, 17)) == 3


def test_overlap_crosses_the_date_line():
    assert overlap_hours(DEFAULT, "Pacific/Kiritimati", DEFAULT, "Pacific/Pago_Pago", JANUARY) == 7


def test_different_weekends_share_the_days_between():
    friday = parse_working_hours(["Fri 08:00-16:00"])
    assert overlap_hours(SUN_TO_THU, "Asia/Dubai", friday, "Asia/Dubai", JANUARY) == 0
    assert overlap_hours(SUN_TO_THU, "Asia/Dubai", DEFAULT, "Asia/Dubai", JANUARY) == 7
