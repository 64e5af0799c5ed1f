"""What becomes of a person: decided without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chassis.errors import Forbidden
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated, Skill
from services.hr_file.circles import circles
from services.hr_file.entry import Entry
from services.profiles.domain.person import Person, change, leave, leave_when_due, take_in

NOW = datetime(2027, 1, 11, 9, tzinfo=UTC)


def an_entry(**values):
    usual = {"person_id": "p-1", "name": "Ada", "email": "ada@corp.example"}
    return Entry("p-1", usual | {"time_zone": "Asia/Tokyo", "languages": ("en",)} | values)


def a_person(**values) -> Person:
    person, _ = take_in(None, an_entry(**values), now=NOW)
    return person


def test_who_enters_is_told_with_contact_and_profile():
    person, events = take_in(None, an_entry(level=4), now=NOW)
    assert events == [ContactUpdated(person_id="p-1", name="Ada", email="ada@corp.example"), person.profile]
    assert person.profile.working_hours == ("Mon-Fri 09:00-17:00",)
    assert person.version == 1


def test_the_same_again_is_nothing_new():
    assert take_in(a_person(), an_entry(), now=NOW) == (a_person(), [])


def test_a_column_that_the_file_lacks_leaves_what_is_known():
    person, events = take_in(a_person(level=4, team="payments"), an_entry(level=5), now=NOW)
    assert (person.profile.level, person.profile.team, person.version) == (5, "payments", 2)
    assert events == [person.profile]


def test_a_new_name_tells_contact_and_one_profile():
    person, events = take_in(a_person(), an_entry(name="Ada L."), now=NOW)
    assert events == [ContactUpdated(person_id="p-1", name="Ada L.", email="ada@corp.example"), person.profile]


def test_who_left_is_told_once_and_comes_back_with_a_profile():
    gone, events = take_in(a_person(), an_entry(left_on=date(2027, 1, 10)), now=NOW)
    assert events == [PersonLeft(person_id="p-1", left_on=date(2027, 1, 10))]
    assert take_in(gone, an_entry(left_on=date(2027, 1, 10)), now=NOW) == (gone, [])
    back, events = take_in(gone, an_entry(left_on=None), now=NOW)
    assert (back.gone, back.left_on, [type(event) for event in events]) == (False, None, [ProfileUpdated])


def test_whoever_left_before_we_knew_them_is_not_taken_in():
    assert take_in(None, an_entry(left_on=date(2026, 1, 1)), now=NOW) == (None, [])


def test_the_last_day_counts_in_their_own_zone():
    evening = datetime(2027, 1, 11, 16, tzinfo=UTC)  # the 12th has begun in Tokyo
    assert a_person(left_on=date(2027, 1, 11)).gone is False
    staying = a_person(left_on=date(2027, 1, 11))
    assert leave_when_due(staying, now=NOW) == (staying, [])
    assert leave_when_due(staying, now=evening)[1] == [PersonLeft(person_id="p-1", left_on=date(2027, 1, 11))]


def test_leaving_twice_changes_nothing():
    gone, _ = leave(a_person(), left_on=date(2027, 1, 11))
    assert leave(gone, left_on=date(2027, 1, 12)) == (gone, [])


def test_what_people_set_themselves_stays_theirs():
    mine, events = change(a_person(), {"goals": "Grow"}, by_themselves=True, now=NOW)
    assert (mine.own, events) == ({"goals"}, [mine.profile])
    assert take_in(mine, an_entry(goals=""), now=NOW) == (mine, [])
    theirs, _ = change(mine, {"goals": "Shrink"}, by_themselves=False, now=NOW)
    assert (theirs.profile.goals, theirs.own) == ("Shrink", frozenset())


@pytest.mark.parametrize(("field", "value"), [("level", 9), ("manager_id", "p-2"), ("email", "x@corp.example")])
def test_people_do_not_change_what_is_the_directorys(field, value):
    with pytest.raises(Forbidden, match=f"{field} can only be changed in the HR directory"):
        change(a_person(), {field: value}, by_themselves=True, now=NOW)


def test_people_may_repeat_what_they_cannot_change():
    assert change(a_person(level=9), {"level": 9}, by_themselves=True, now=NOW) == (a_person(level=9), [])


def test_nobody_verifies_their_own_skills():
    verified = Skill(skill="sql", level=3, evidence="verified")
    with pytest.raises(Forbidden, match="sql"):
        change(a_person(), {"skills": (verified,)}, by_themselves=True, now=NOW)
    known = a_person(skills=(verified,))
    willing = Skill(skill="sql", level=3, evidence="verified", teach=True)
    assert change(known, {"skills": (willing,)}, by_themselves=True, now=NOW)[0].profile.skills == (willing,)


def test_a_last_day_that_has_passed_ends_it_at_once():
    gone, events = change(a_person(), {"left_on": date(2027, 1, 1)}, by_themselves=False, now=NOW)
    assert (gone.gone, events) == (True, [PersonLeft(person_id="p-1", left_on=date(2027, 1, 1))])


def test_circles_are_found_and_those_below_are_in_none():
    assert circles([2, 0, 1, 0, 4, -1]) == [(0, 2, 1), (4,)]


@given(some.lists(some.integers(-1, 30), min_size=31, max_size=31))
def test_everybody_in_a_circle_comes_back_to_themselves(manager_of):
    members = [member for circle in circles(manager_of) for member in circle]
    assert len(set(members)) == len(members)
    for start in range(31):
        person, steps = manager_of[start], 0
        while person not in (-1, start) and steps < 40:
            person, steps = manager_of[person], steps + 1
        assert (person == start) == (start in members)


def test_a_version_is_counted_only_when_something_changed():
    person = a_person()
    assert replace(person) == person
    assert take_in(person, an_entry(), now=NOW)[0].version == 1
