"""The agreement: filled blind, compared field by field, signed when both want the same."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.engagement import Agreement, AgreementDiverged, AgreementDue, AgreementSigned, Channel
from services.engagement.domain.agreement import RHYTHMS, Sides, differences, fill, remind
from services.engagement.domain.errors import AlreadySigned, DoesNotFit, HasEnded
from services.engagement.domain.relationship import close
from tests.unit.test_engagement_relationship import MENTEE, MENTOR, NOW, a_relationship


def a_wish(**given) -> Agreement:
    return Agreement(
        **{"rhythm": "every-two-weeks", "channel": "video", "focus": ("negotiation",), "weeks": 12} | given
    )


wishes = st.builds(
    Agreement,
    rhythm=st.sampled_from(RHYTHMS),
    channel=st.sampled_from(Channel.__args__),
    focus=st.lists(st.sampled_from(["sql", "SQL ", "python", "negotiation", "café"]), min_size=1, max_size=3).map(
        tuple
    ),
    weeks=st.integers(1, 260),
)


def test_nobody_hears_anything_before_both_are_in():
    relationship = a_relationship()
    assert fill(relationship, Sides(), a_wish(), by=MENTEE, now=NOW) == (relationship, Sides(mentee=a_wish()), [])


def test_equal_wishes_sign_and_the_agreed_length_sets_the_end():
    relationship = a_relationship()
    one, other = a_wish(weeks=20, focus=("SQL", "Negotiation")), a_wish(weeks=20, focus=("negotiation", "sql "))
    signed, sides, events = fill(relationship, Sides(mentee=one), other, by=MENTOR, now=NOW)
    assert signed.signed_at == NOW
    assert signed.ends_on == relationship.starts_on + timedelta(weeks=20)
    assert sides == Sides(one, other)
    assert events == [AgreementSigned(**relationship.pair, agreement=one)]


def test_different_wishes_name_the_fields_and_how_far_apart_they_are():
    relationship = a_relationship()
    other = a_wish(rhythm="quarterly", channel="phone", focus=("sql", "python"), weeks=17)
    unsigned, _, events = fill(relationship, Sides(mentee=a_wish()), other, by=MENTOR, now=NOW)
    steps = {"rhythm": 2, "channel": 1, "focus": 3, "weeks": 2}
    assert unsigned == relationship
    assert events == [AgreementDiverged(**relationship.pair, fields=tuple(steps), steps=steps)]


def test_a_change_that_still_differs_is_told_again_but_the_same_answer_again_is_not():
    relationship, sides = a_relationship(), Sides(a_wish(), a_wish(weeks=16))
    _, sides, events = fill(relationship, sides, a_wish(weeks=24), by=MENTOR, now=NOW)
    assert [event.steps for event in events] == [{"weeks": 3}]
    assert fill(relationship, sides, a_wish(weeks=24), by=MENTOR, now=NOW)[2] == []


def test_taking_the_others_value_signs():
    signed, _, events = fill(a_relationship(), Sides(a_wish(), a_wish(weeks=16)), a_wish(weeks=16), by=MENTEE, now=NOW)
    assert signed.signed_at == NOW
    assert [type(event) for event in events] == [AgreementSigned]


def test_a_signed_agreement_is_fixed():
    with pytest.raises(AlreadySigned, match="both of you signed on 2027-01-12"):
        fill(a_relationship(signed_at=NOW), Sides(a_wish(), a_wish()), a_wish(weeks=8), by=MENTEE, now=NOW)


def test_nothing_is_agreed_after_the_end():
    ended, _ = close(a_relationship(), "ended", [], now=NOW)
    with pytest.raises(HasEnded, match="ended on 2027-01-12"):
        fill(ended, Sides(), a_wish(), by=MENTEE, now=NOW)


def test_a_length_that_is_over_already_is_refused():
    with pytest.raises(DoesNotFit, match="4 weeks would have ended on 2027-02-09"):
        fill(a_relationship(), Sides(), a_wish(weeks=4), by=MENTEE, now=NOW + timedelta(weeks=5))


def test_only_who_has_not_signed_is_reminded():
    relationship = a_relationship()
    assert remind(relationship) == [AgreementDue(**relationship.pair)]
    assert remind(a_relationship(signed_at=NOW)) == []
    assert remind(close(relationship, "ended", [], now=NOW)[0]) == []


@given(wishes, wishes)
def test_whose_wish_is_whose_does_not_matter(one, other):
    assert differences(one, other) == differences(other, one)


@given(wishes, wishes)
def test_differences_are_named_exactly_where_there_are_any(one, other):
    steps = differences(one, other)
    assert all(apart > 0 for apart in steps.values())
    for field in ("rhythm", "channel", "weeks"):
        assert (field in steps) == (getattr(one, field) != getattr(other, field))


@given(wishes, wishes, wishes)
def test_a_detour_is_never_shorter(one, between, other):
    direct = differences(one, other)
    detour = (differences(one, between), differences(between, other))
    for field, apart in direct.items():
        assert apart <= sum(leg.get(field, 0) for leg in detour)


@given(wishes, st.lists(wishes, max_size=6), st.randoms())
def test_however_they_come_together_taking_the_others_wish_always_signs(first, changes, random):
    relationship, sides = a_relationship(), Sides()
    relationship, sides, _ = fill(relationship, sides, first, by=MENTEE, now=NOW)
    for wish in changes:
        if relationship.signed_at is None:
            by = random.choice([MENTEE, MENTOR])
            relationship, sides, _ = fill(relationship, sides, wish, by=by, now=NOW)
    if relationship.signed_at is None:
        relationship, sides, _ = fill(relationship, sides, sides.mentee, by=MENTOR, now=NOW)
    assert relationship.signed_at == NOW
    assert differences(*sides.both) == {}
    assert relationship.ends_on == relationship.starts_on + timedelta(weeks=sides.mentee.weeks)
