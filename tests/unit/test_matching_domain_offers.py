"""What may happen to an offer, decided without touching anything."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.matching import Cadence, MatchAccepted, MatchLapsed, Terms
from services.matching.domain import consequences, offers
from services.matching.domain.match import Ask, Fit, Match, Side, State
from services.matching.domain.seats import Seats, beyond
from services.matching.domain.sentences import CannotAnswer, CannotWithdraw

MONDAY = datetime(2027, 1, 11, 9, tzinfo=UTC)
THURSDAY, FRIDAY = MONDAY + timedelta(days=3), MONDAY + timedelta(days=4)
TERMS = Terms(
    starts_on=date(2027, 1, 11),
    length_weeks=12,
    cadence=Cadence(),
    mentee_time_zone="Europe/Berlin",
    mentor_time_zone="Asia/Kolkata",
)


def an_ask(person: str, answer_by: datetime = THURSDAY, **other) -> Ask:
    return Ask(person, answer_by, (MONDAY + timedelta(days=1.5), MONDAY + timedelta(days=2.55)), **other)


def a_match(number: int = 1, *, origin="run", mentee="m-1", mentor="t-1", mentor_by=FRIDAY, score=7) -> Match:
    asked = {"accepted_at": MONDAY} if origin == "request" else {}
    run_id = UUID(int=9) if origin == "run" else None
    return Match(
        UUID(int=number),
        UUID(int=100),
        origin,
        run_id,
        Fit(1, score, {"need": score}, ()),
        an_ask(mentee, **asked),
        an_ask(mentor, mentor_by),
        MONDAY,
    )


def test_two_yeses_make_a_pair_and_only_the_second_is_told():
    first, told = offers.accept(a_match(), by="t-1", terms=TERMS, now=MONDAY)
    assert (first.state, told, first.undecided) == (State.PROPOSED, [], ("m-1",))
    second, told = offers.accept(first, by="m-1", terms=TERMS, now=MONDAY)
    assert (second.state, told) == (State.ACCEPTED, [MatchAccepted(**second.ids(), terms=TERMS)])
    assert offers.accept(second, by="m-1", terms=TERMS, now=FRIDAY) == (second, [])


def test_an_own_request_asks_only_the_mentor():
    fresh, [told] = offers.propose(
        UUID(int=1),
        UUID(int=100),
        a_match().fit,
        mentee=an_ask("m-1", accepted_at=MONDAY),
        mentor=an_ask("t-1"),
        origin="request",
        run_id=None,
        now=MONDAY,
    )
    assert (told.undecided, told.expires_at, fresh.reserves_a_seat) == (("t-1",), THURSDAY, False)


def test_an_offer_lapses_at_the_earliest_open_deadline():
    match = a_match()
    assert match.expires_at == THURSDAY
    answered, _ = offers.accept(match, by="m-1", terms=TERMS, now=MONDAY)
    assert answered.expires_at == FRIDAY
    assert offers.lapse(answered, now=THURSDAY) == (answered, [])
    lapsed, told = offers.lapse(match, now=THURSDAY)
    assert (lapsed.state, told) == (State.LAPSED, [MatchLapsed(**match.ids(), unanswered_by=("m-1",))])
    assert offers.lapse(lapsed, now=FRIDAY) == (lapsed, [])


@pytest.mark.parametrize("lapse_first", [True, False])
def test_an_answer_after_the_deadline_reads_as_lapsed(lapse_first):
    match = offers.lapse(a_match(), now=THURSDAY)[0] if lapse_first else a_match()
    with pytest.raises(CannotAnswer, match="this offer lapsed on 14 January 2027"):
        offers.accept(match, by="m-1", terms=TERMS, now=THURSDAY)


def test_each_silent_side_is_reminded_twice_and_never_twice_for_the_same():
    match, told = offers.remind(a_match(), now=MONDAY + timedelta(days=2))
    assert [(event.person_id, event.number) for event in told] == [("m-1", 1), ("t-1", 1)]
    assert offers.remind(match, now=MONDAY + timedelta(days=2)) == (match, [])
    answered, _ = offers.accept(match, by="m-1", terms=TERMS, now=MONDAY + timedelta(days=2))
    last, told = offers.remind(answered, now=MONDAY + timedelta(days=2.6))
    assert [(event.person_id, event.number) for event in told] == [("t-1", 2)]
    assert last.next_reminder_at is None


def test_two_reminders_due_at_once_are_one_letter():
    _, told = offers.remind(a_match(), now=MONDAY + timedelta(days=2.6))
    assert [event.number for event in told] == [2, 2]


def test_a_mentor_cannot_take_back_what_a_mentee_asked():
    request = a_match(origin="request")
    with pytest.raises(CannotWithdraw, match="decline"):
        offers.take_back(request, by="t-1", coordinator=False, now=MONDAY)
    own, [told] = offers.take_back(request, by="m-1", coordinator=False, now=MONDAY)
    assert told.reason == "by-mentee"
    assert offers.take_back(own, by="m-1", coordinator=False, now=MONDAY) == (own, [])
    _, [told] = offers.take_back(a_match(), by="c-1", coordinator=True, now=MONDAY)
    assert told.reason == "by-coordinator"


def test_only_offers_of_ours_are_followed_by_the_next_candidate():
    declined, _ = offers.decline(a_match(), by="t-1", reason="no time", now=MONDAY)
    assert offers.needs_a_successor(declined)
    requested, _ = offers.decline(a_match(origin="request"), by="t-1", reason="no time", now=MONDAY)
    assert not offers.needs_a_successor(requested)
    closed, _ = offers.withdraw(a_match(), reason="program-closed", now=MONDAY)
    assert not offers.needs_a_successor(closed)


def test_an_acceptance_ends_the_mentee_s_other_offers_and_with_the_last_seat_the_mentor_s_requests():
    accepted = replace(a_match(1), state=State.ACCEPTED)
    elsewhere, rival = a_match(2, mentor="t-2"), a_match(3, origin="request", mentee="m-2")
    reserved = a_match(4, mentee="m-3")
    around = [accepted, elsewhere, rival, reserved]
    left = consequences.of_acceptance(accepted, around, seats_left=1, now=MONDAY)
    assert [(match.match_id, match.reason) for match, _ in left] == [(elsewhere.match_id, "by-mentee")]
    none_left = consequences.of_acceptance(accepted, around, seats_left=0, now=MONDAY)
    assert [match.reason for match, _ in none_left] == ["by-mentee", "seat-taken"]


def test_fewer_seats_take_back_the_least_advanced_offers_and_no_pair():
    pair = replace(a_match(1), state=State.ACCEPTED)
    weak, strong = a_match(2, score=1), a_match(3, score=9)
    half = replace(weak, match_id=UUID(int=4), mentee=an_ask("m-4", accepted_at=MONDAY))
    assert beyond(2, [pair, weak, strong, half]) == [weak, strong]
    assert beyond(0, [pair]) == []
    assert Seats(1, 3).free == 0


STEPS = ("mentee yes", "mentor yes", "mentee no", "mentor no", "lapse", "remind", "withdraw", "end")


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 130)), max_size=12))
def test_whatever_happens_an_offer_ends_once_and_tells_its_end_once(steps):
    match, told = a_match(), []
    for step, hours in sorted(steps, key=lambda each: each[1]):
        before, now = match, MONDAY + timedelta(hours=hours)
        try:
            match, events = _step(match, step, now)
        except CannotAnswer:
            continue
        told += [type(event).__name__ for event in events]
        if before.state not in {State.PROPOSED, State.ACCEPTED}:
            assert match == before, "what has ended stays as it is"
    ends = [name for name in told if name != "MatchReminderDue"]
    assert len(ends) == (match.state is not State.PROPOSED)
    assert (match.state in {State.PROPOSED, State.ACCEPTED}) == (match.closed_at is None)
    assert match.state not in {State.ACCEPTED, State.ENDED} or not match.undecided
    assert told.count("MatchReminderDue") <= 4


def _step(match: Match, step: str, now: datetime) -> offers.Decided:
    person = {"mentee": "m-1", "mentor": "t-1"}.get(step.split(maxsplit=1)[0], "")
    match step.rsplit(maxsplit=1)[-1]:
        case "yes":
            return offers.accept(match, by=person, terms=TERMS, now=now)
        case "no":
            return offers.decline(match, by=person, reason="", now=now)
        case "lapse":
            return offers.lapse(match, now=now)
        case "remind":
            return offers.remind(match, now=now)
        case "withdraw":
            return offers.withdraw(match, reason="rule-broken", now=now)
    return offers.end(match, now=now), []


def test_the_two_sides_are_told_apart():
    assert [a_match().side_of(person) for person in ("m-1", "t-1", "x")] == [Side.MENTEE, Side.MENTOR, None]
