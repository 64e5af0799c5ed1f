"""The score by hand, its parts to the last point, and what may never move it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.matching import SCORE_SCALE
from services.matching.engine.frame import PARTS
from services.matching.engine.people import Person, person_from
from services.matching.engine.reasons import reasons
from services.matching.engine.rules import Rule, broken_rule
from services.matching.engine.score import score
from services.matching.engine.terms import answered_weight, skill_fit, terms
from services.matching.engine.words import skill_name, stems
from tests.unit.test_engine_rules import a_frame, a_mentee, a_mentor, a_profile


def test_the_worked_example_of_the_page():
    pair = score(a_mentee(), a_mentor(), a_frame())
    assert pair.values == {
        "need": 6300,
        "goals": 10000,
        "style": 8750,
        "hours": 7500,
        "language": 9200,
        "seniority": 10000,
    }
    assert pair.parts == {
        "need": 2380000,
        "goals": 2000000,
        "style": 1750000,
        "hours": 666667,
        "language": 613333,
        "seniority": 666666,
    }
    assert (pair.points, pair.completeness) == (8076666, 900000)


def test_the_reasons_of_the_worked_example():
    anna, boris, frame = a_mentee(), a_mentor(), a_frame()
    pair = score(anna, boris, frame)
    assert [reason.text for reason in reasons(pair, anna, boris, frame)] == [
        "Can teach negotiation, which you want to learn.",
        "You both speak of lead and team.",
        "You work in similar ways: pace and structure.",
        "You share at least 3 working hours on a day.",
    ]
    told = reasons(pair, anna, boris, frame, told_to="mentor")[0]
    assert (told.text, told.facts) == (
        "Wants to learn negotiation, which you are willing to teach.",
        ("negotiation",),
    )


def test_a_mentor_must_be_willing_to_teach_at_the_level_that_is_needed():
    assert [skill_fit(2, level, 100) for level in (1, 2, 3, 4, 5)] == [0, 8000, 10000, 10000, 9000]
    assert [skill_fit(3, 4, percent) for percent in (80, 90, 100)] == [8000, 9000, 10000]
    unwilling = a_mentor(skills=({"skill": "negotiation", "level": 5, "evidence": "verified"},))
    assert score(a_mentee(), unwilling, a_frame()).values["need"] == 0


def test_stated_preferences_count_on_both_sides():
    both = a_frame(preferences={("anna", "boris"): 1.0, ("boris", "anna"): 0.5})
    one = a_frame(preferences={("boris", "anna"): 0.5})
    assert score(a_mentee(), a_mentor(), both).values["preference"] == 8000
    assert score(a_mentee(), a_mentor(), one).values["preference"] == 5000
    assert "preference" not in score(a_mentee(), a_mentor(), a_frame()).values
    assert score(a_mentee(), a_mentor(), both).completeness == 1_000_000


def test_who_names_mentors_prefers_each_of_them_to_those_not_named_and_in_their_order():
    wishes = [{("anna", "boris"): wish} for wish in (1.0, 0.8, 0.6, 0.4, 0.2)] + [{("anna", "clara"): 1.0}]
    for of_mentor in ({}, {"level": 15}, {"style": {"pace": 4, "structure": 2}, "languages": ("de",)}, {"skills": ()}):
        pairs = [score(a_mentee(), a_mentor(**of_mentor), a_frame(preferences=wish)) for wish in wishes]
        points = [pair.points for pair in pairs]
        assert points == sorted(set(points), reverse=True)
        assert [pair.values["preference"] for pair in pairs] == [10000, 8000, 6000, 4000, 2000, 0]
        # The last is not told: this mentor would learn that somebody else was named.
        assert ["preference" in pair.parts for pair in pairs] == [True] * 5 + [False]
        assert [sum(pair.parts.values()) for pair in pairs] == points


def test_what_is_not_answered_neither_helps_nor_hurts():
    only = {"need": 1.0, "goals": 0, "style": 0, "preference": 0, "hours": 0, "language": 0, "seniority": 0}
    silent = a_mentee(style={}, level=None, goals="", path=None)
    need_alone = score(a_mentee(), a_mentor(), a_frame(weights=only)).points
    assert score(silent, a_mentor(), a_frame(weights=only)).points == need_alone
    assert set(score(silent, a_mentor(), a_frame()).parts) == {"need", "hours", "language"}
    assert score(silent, a_mentor(), a_frame()).completeness == 480_000


def test_an_empty_profile_is_not_proposed_at_all():
    empty = {"skills": (), "wants": (), "goals": "", "path": None, "style": {}, "level": None}
    assert broken_rule(a_mentee(), a_mentor(**empty, person_id="empty"), a_frame(), 1) is None
    full, hollow = a_mentor(), a_mentor("empty", **empty)
    assert score(a_mentee(), hollow, a_frame()).points < score(a_mentee(), full, a_frame()).points
    assert broken_rule(a_mentee(**empty), full, a_frame(), 1) is Rule.COMPLETENESS


def test_declaring_little_time_buys_nothing():
    points = [
        score(a_mentee(working_hours=(f"Mon-Fri 09:00-{end}:00",)), a_mentor(), a_frame()).points
        for end in (16, 17, 18, 19)
    ]
    assert points == sorted(points)
    assert points[0] < points[-1]
    seats = {score(a_mentee(), a_mentor(mentor_seats=seats), a_frame()).points for seats in (1, 5, 10)}
    assert len(seats) == 1


def test_where_somebody_comes_from_cannot_move_the_score():
    fields = {"country", "location", "joined_on"}
    assert not fields & set(Person.__dataclass_fields__)
    there = {"country": "JP", "location": "Osaka", "joined_on": "2001-01-01"}
    assert a_mentee(**there) == a_mentee(country="DE", location="Hamburg", joined_on=None)


def test_words_and_skills_are_compared_without_case_accents_and_gaps():
    assert stems("Führung im TEAM, führe Führungskräfte; C++ and C#") == {
        "fuhrun": "führung",
        "team": "team",
        "fuhre": "führe",
        "c++": "c++",
        "c#": "c#",
    }
    assert skill_name("  Public-Speaking ") == skill_name("public   speaking") == "public speaking"


SKILLS = st.lists(
    st.fixed_dictionaries(
        {
            "skill": st.sampled_from("abc"),
            "level": st.integers(1, 5),
            "teach": st.booleans(),
            "evidence": st.sampled_from(["self", "endorsed", "verified"]),
        }
    ),
    max_size=4,
)
WANTS = st.lists(st.fixed_dictionaries({"skill": st.sampled_from("abc"), "level": st.integers(1, 5)}), max_size=4)
ANYBODY = st.fixed_dictionaries(
    {
        "level": st.none() | st.integers(1, 15),
        "languages": st.lists(st.sampled_from(["en", "de", "fr", "pt-BR"]), min_size=1, max_size=3),
        "time_zone": st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "America/New_York"]),
        "skills": SKILLS,
        "wants": WANTS,
        "goals": st.sampled_from(["", "lead a team", "speak in public, lead", "c"]),
        "path": st.none() | st.just("team lead"),
        "style": st.dictionaries(st.sampled_from("xyz"), st.integers(1, 5)),
    }
)


@settings(max_examples=120, deadline=None)
@given(
    of_mentee=ANYBODY,
    of_mentor=ANYBODY,
    wishes=st.sampled_from([None, {("a", "b"): 0.3}, {("a", "somebody"): 0.3}, {("b", "a"): 1.0, ("a", "c"): 1.0}]),
    weights=st.lists(st.integers(0, 5), min_size=7, max_size=7),
)
def test_the_parts_add_up_exactly(of_mentee: Any, of_mentor: Any, wishes: Any, weights: list[int]):
    mentee = person_from(a_profile("a", "mentee", **of_mentee))
    mentor = person_from(a_profile("b", "mentor", **of_mentor))
    shares = {part: weight / 40 for part, weight in zip(PARTS, weights, strict=True)}
    frame = a_frame(weights=shares, preferences=wishes)
    pair, found = score(mentee, mentor, frame), terms(mentee, mentor, frame)
    assert sum(pair.parts.values()) == pair.points
    assert 0 <= pair.points <= SCORE_SCALE
    assert all(0 <= value <= 10_000 for value in found if value is not None)
    assert pair.parts.keys() == pair.values.keys() - ({"preference"} if pair.values.get("preference") == 0 else set())
    assert all(points == 0 for part, points in pair.parts.items() if not pair.values[part])
    answered = [weight for weight, value in zip(frame.weights, found, strict=True) if value is not None]
    assert sum(answered) == answered_weight(mentee, mentor, frame)
    assert len(reasons(pair, mentee, mentor, frame)) <= 4
