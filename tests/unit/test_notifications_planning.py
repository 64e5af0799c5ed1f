"""When letters go out: quiet hours, the digest, the budget."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.budget import within_budget
from services.notifications.domain.digest import by_section, collect
from services.notifications.domain.due import sort_out
from services.notifications.domain.letter import Cause, Draft, Letter, Pace, Status, letter_id
from services.notifications.domain.planning import DIGEST_TIME, next_digest, plan, plan_anew
from services.notifications.domain.recipient import Preferences, Recipient

MONDAY = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ADA = Recipient("ada", "Ada", "ada@corp.example", "Europe/Berlin", ("de",), ("Mon-Fri 09:00-17:00",), "DE")
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC"])


def a_letter(pace=Pace.SINGLE, *, now=MONDAY, **more) -> Letter:
    of_draft = {key: more.pop(key) for key in list(more) if key in Draft.__dataclass_fields__}
    draft = Draft(**{"template": "offer", "person_id": "ada", "matter": "m", "pace": pace} | of_draft)
    cause = Cause(event_id=uuid4(), happened_at=more.pop("happened_at", now), correlation_id=uuid4())
    return Letter(
        **{
            "id": letter_id(cause.event_id, draft.person_id, draft.template),
            "cause": cause,
            "draft": draft,
            "planned_at": now,
            "status": Status.UNADDRESSED,
        }
        | more
    )


def planned(letter: Letter, to: Recipient = ADA, *, now=None, partner_known=True) -> Letter:
    return plan(letter, to, partner_known=partner_known, now=now or letter.planned_at)


def test_in_working_hours_a_letter_goes_now():
    letter = planned(a_letter(Pace.AT_ONCE))
    assert (letter.status, letter.send_at, letter.budgeted) == (Status.PLANNED, MONDAY, False)


def test_at_night_it_waits_for_the_morning_unless_the_matter_is_near():
    night = MONDAY + 13 * HOUR
    assert planned(a_letter(Pace.AT_ONCE, now=night)).send_at == MONDAY + 23 * HOUR
    near = planned(a_letter(Pace.AT_ONCE, now=night, know_by_at=night + 24 * HOUR))
    assert near.send_at == night


def test_on_a_public_holiday_nobody_is_disturbed():
    new_year = datetime(2027, 1, 1, 9, 0, tzinfo=UTC)
    assert planned(a_letter(Pace.AT_ONCE, now=new_year)).send_at == datetime(2027, 1, 4, 8, 0, tzinfo=UTC)


def test_single_letters_count_and_digest_letters_wait():
    assert planned(a_letter(Pace.SINGLE)).budgeted
    waiting = planned(a_letter(Pace.DIGEST))
    assert (waiting.status, waiting.send_at) == (Status.WAITING, datetime(2027, 1, 12, 7, 0, tzinfo=UTC))


def test_what_the_digest_would_bring_too_late_goes_by_itself():
    in_time = planned(a_letter(Pace.DIGEST, know_by_at=MONDAY + 3 * DAY))
    late = planned(a_letter(Pace.DIGEST, know_by_at=MONDAY + DAY))
    assert (in_time.status, late.status) == (Status.WAITING, Status.PLANNED)
    assert late.budgeted


def test_digest_only_holds_for_everything_that_can_wait():
    quiet = replace(ADA, preferences=Preferences(digest_only=True))
    assert planned(a_letter(Pace.SINGLE), quiet).status is Status.WAITING
    assert planned(a_letter(Pace.AT_ONCE, know_by_at=MONDAY + 3 * DAY), quiet).status is Status.WAITING
    assert planned(a_letter(Pace.AT_ONCE, know_by_at=MONDAY + DAY), quiet).status is Status.PLANNED


def test_reasons_not_to_write():
    muted = replace(ADA, preferences=Preferences(muted=frozenset({"reminder"})))
    old = a_letter(happened_at=MONDAY - 8 * DAY)
    assert planned(a_letter(), replace(ADA, left=True)).reason == "person-left"
    assert planned(a_letter(template="reminder"), muted).reason == "preference"
    assert planned(a_letter(void_at=MONDAY)).reason == "outdated"
    assert planned(old).reason == "outdated"


def test_without_an_address_or_the_partners_name_it_waits_seven_days():
    for letter in (
        planned(a_letter(), replace(ADA, email=None)),
        planned(a_letter(), replace(ADA, time_zone=None)),
        planned(a_letter(), partner_known=False),
    ):
        assert (letter.status, letter.send_at) == (Status.UNADDRESSED, MONDAY + 7 * DAY)
    assert plan_anew(letter, ADA, partner_known=True, now=MONDAY + DAY).status is Status.PLANNED


def test_who_moves_takes_the_open_letters_along():
    waiting = planned(a_letter(Pace.DIGEST))
    moved = plan_anew(waiting, replace(ADA, time_zone="Asia/Tokyo"), partner_known=True, now=MONDAY)
    assert moved.send_at == datetime(2027, 1, 11, 23, 0, tzinfo=UTC)


def test_what_is_being_retried_is_left_alone_when_a_profile_changes():
    retried = replace(planned(a_letter()), attempts=1, send_at=MONDAY + HOUR)
    assert plan_anew(retried, ADA, partner_known=True, now=MONDAY) == retried


@given(INSTANTS, ZONES)
def test_a_digest_is_at_eight_local_time_on_a_working_day(at, zone):
    to = replace(ADA, time_zone=zone, country=None)
    digest = next_digest(at, to)
    local = digest.astimezone(ZoneInfo(zone))
    assert at < digest <= at + 4 * DAY
    assert local.time() == DIGEST_TIME == time(8, 0)
    assert local.weekday() < 5


@given(INSTANTS, ZONES, st.sampled_from([Pace.AT_ONCE, Pace.SINGLE]))
def test_nothing_by_itself_leaves_outside_working_hours(at, zone, pace):
    letter = planned(a_letter(pace, now=at), replace(ADA, time_zone=zone, country=None))
    local = letter.send_at.astimezone(ZoneInfo(zone))
    assert local.weekday() < 5
    assert time(9) <= local.time() < time(17)


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=60), st.integers(0, 5))
def test_no_seven_days_ever_hold_more_than_the_budget(arrivals, limit):
    sent: list[datetime] = []
    for hours, budgeted in sorted(arrivals):
        now = MONDAY + timedelta(hours=7 * hours)
        spent = {"ada": sum(at > now - timedelta(days=7) for at in sent)}
        letter = replace(planned(a_letter(now=now)), budgeted=budgeted)
        go, held = within_budget([letter], spent, limit=limit)
        assert len(go) + len(held) == 1
        assert budgeted or go
        sent += [now for each in go if each.budgeted]
    assert all(sum(at - timedelta(days=7) < each <= at for each in sent) <= limit for at in sent)


def test_the_budget_counts_within_one_batch_too():
    go, held = within_budget([planned(a_letter()) for _ in range(5)], {"ada": 1}, limit=3)
    assert (len(go), len(held)) == (2, 3)


def test_one_digest_per_person_with_decisions_first():
    waiting = [
        planned(a_letter(Pace.DIGEST, template=template, person_id=person))
        for person in ("ada", "grace")
        for template in ("relationship-closed", "checkin-due", "offer")
    ]
    digests = collect(waiting, now=MONDAY + DAY)
    assert [digest.letter.person_id for digest in digests] == ["ada", "grace"]
    assert [name for name, _ in by_section(digests[0].items)] == ["decide", "do", "know"]
    assert {item.digest_id for item in digests[0].items} == {digests[0].letter.id}
    assert collect([], now=MONDAY) == []


def test_due_letters_are_sorted_out():
    good, void = planned(a_letter()), replace(planned(a_letter()), draft=a_letter(void_at=MONDAY).draft)
    lost = planned(a_letter(), replace(ADA, email=None))
    over = [planned(a_letter()) for _ in range(3)]
    result = sort_out([good, void, lost, *over], [], people={"ada": ADA}, spent={}, a_week=3, now=MONDAY)
    assert result.go == (good, *over[:2])
    assert [(each.status, each.reason) for each in result.changed] == [
        (Status.SUPPRESSED, "outdated"),
        (Status.FAILED, "gave-up"),
        (Status.WAITING, "budget"),
    ]
    assert [event.event_name() for _, event in result.told] == [
        "letter-suppressed",
        "letter-failed",
        "letter-suppressed",
    ]
