"""The hard rules, one by one; and the two people of the worked example in docs/matching.md."""

from collections.abc import Mapping
from typing import Any

import pytest

from contracts.matching import Policy, Rules, Weights
from contracts.profiles import ProfileUpdated
from services.matching.engine.frame import Frame, frame_of
from services.matching.engine.people import Person, person_from
from services.matching.engine.rules import SENTENCES, TOLD_AS, Rule, broken_rule


def a_profile(person_id: str, role: str, **said: Any) -> ProfileUpdated:
    base: dict[str, Any] = {"roles": (role,), "mentor_seats": 1, "time_zone": "Europe/Berlin", "languages": ("en",)}
    return ProfileUpdated.model_validate(
        base | {"person_id": person_id, "working_hours": ("Mon-Fri 09:00-17:00",)} | said
    )


ANNA = {
    "level": 5,
    "languages": ("de", "en"),
    "wants": ({"skill": "negotiation", "level": 3}, {"skill": "SQL", "level": 4}),
    "goals": "Lead a team of my own",
    "path": "engineering manager",
    "style": {"pace": 4, "structure": 2},
}
BORIS = {
    "level": 7,
    "languages": ("en", "de"),
    "working_hours": ("Mon-Fri 14:00-20:00",),
    "skills": (
        {"skill": "negotiation", "level": 4, "teach": True, "evidence": "endorsed"},
        {"skill": "sql", "level": 5},
        {"skill": "team leadership", "level": 5, "teach": True},
    ),
    "goals": "Help others lead",
    "style": {"pace": 3, "structure": 2},
}
"""The worked example of docs/matching.md."""


def a_mentee(person_id: str = "anna", **said: Any) -> Person:
    return person_from(a_profile(person_id, "mentee", **{**ANNA, **said}))


def a_mentor(person_id: str = "boris", **said: Any) -> Person:
    return person_from(a_profile(person_id, "mentor", **{**BORIS, **said}))


def a_frame(rules: Mapping[str, Any] | None = None, weights: Mapping[str, float] | None = None, **around: Any) -> Frame:
    policy = Policy(
        name="spring",
        starts_on="2027-01-13",
        functions=around.pop("functions", ()),
        rules=Rules(**rules or {}),
        weights=Weights(**weights or {}),
    )
    return frame_of(policy, (), **around)


def test_an_allowed_pair_breaks_no_rule():
    assert broken_rule(a_mentee(), a_mentor(), a_frame(), 1) is None


@pytest.mark.parametrize(
    ("rule", "of_mentee", "of_mentor", "around"),
    [
        (Rule.SAME_PERSON, {"person_id": "boris"}, {}, {}),
        (Rule.NOT_IN_PROGRAM, {"roles": ()}, {}, {}),
        (Rule.NOT_IN_PROGRAM, {"function": "Sales"}, {"function": "legal"}, {"functions": ["sales"]}),
        (Rule.NOT_WILLING, {}, {"roles": ("mentee",)}, {}),
        (Rule.LANGUAGE, {"languages": ("fr",)}, {}, {}),
        (Rule.SAME_TEAM, {"team": "Payments "}, {"team": "payments"}, {}),
        (Rule.REPORTING_LINE, {}, {}, {"managers": {"anna": "x", "x": "y", "y": "boris"}}),
        (Rule.REPORTING_LINE, {}, {}, {"managers": {"boris": "x", "x": "anna"}}),
        (Rule.AVOID, {"avoid": ("boris",)}, {}, {}),
        (Rule.AVOID, {}, {"avoid": ("anna",)}, {}),
        (Rule.FORBIDDEN, {}, {}, {"forbidden": [("anna", "boris")]}),
        (Rule.REFUSED, {}, {}, {"refused": [("anna", "boris")], "tried": [("anna", "boris")]}),
        (Rule.TRIED_BEFORE, {}, {}, {"tried": [("anna", "boris")]}),
        (Rule.OVERLAP, {"working_hours": ("Mon-Fri 08:00-15:30",)}, {}, {}),
        (Rule.BELOW_FLOOR, {}, {}, {"rules": {"min_score": 8_076_667}}),
        (Rule.COMPLETENESS, {"wants": (), "goals": "", "path": None, "style": {}}, {}, {}),
    ],
)
def test_each_rule_forbids_what_it_is_for(rule: Rule, of_mentee: Any, of_mentor: Any, around: Any):
    assert broken_rule(a_mentee(**of_mentee), a_mentor(**of_mentor), a_frame(**around), 1) is rule
    assert SENTENCES[rule].endswith(".")


def test_a_refusal_is_told_to_others_as_what_cannot_be():
    assert SENTENCES[Rule.REFUSED] == SENTENCES[Rule.AVOID]
    assert TOLD_AS[Rule.REFUSED] is Rule.AVOID


@pytest.mark.parametrize(
    ("of_mentee", "of_mentor", "around"),
    [
        ({}, {}, {"managers": {"anna": "x", "x": "y", "y": "z", "z": "boris"}}),
        ({}, {}, {"managers": {"anna": "x", "x": "anna", "boris": "boris"}}),
        ({"team": "payments"}, {"team": "payments"}, {"rules": {"same_team": True}}),
        ({}, {}, {"rules": {"min_score": 8_076_666}}),
        ({"team": ""}, {"team": ""}, {}),
        ({"function": "Sales"}, {"function": "sales"}, {"functions": ["SALES "]}),
        ({"languages": ("en-GB",)}, {"languages": ("en-US",)}, {}),
        ({"working_hours": ("Mon-Fri 08:00-16:00",)}, {}, {}),
        ({}, {}, {"tried": [("boris", "anna")]}),
        ({}, {}, {"refused": [("boris", "anna")]}),
    ],
)
def test_rules_forbid_no_more_than_that(of_mentee: Any, of_mentor: Any, around: Any):
    assert broken_rule(a_mentee(**of_mentee), a_mentor(**of_mentor), a_frame(**around), 1) is None


def test_a_mentor_without_a_free_seat_is_not_proposed():
    assert broken_rule(a_mentee(), a_mentor(), a_frame(), 0) is Rule.NO_SEAT
    assert broken_rule(a_mentee(), a_mentor(), a_frame(), None) is None
