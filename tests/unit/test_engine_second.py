"""A second engine, written from the page alone, gives the same rules and the same integers."""

import random
from collections import Counter

import pytest

from services.matching.engine.frame import frame_of
from services.matching.engine.people import person_from
from services.matching.engine.rules import broken_rule
from services.matching.engine.score import score
from services.matching.engine.skills import canonical
from services.matching.engine.sweeping import swept
from tests.unit.second_engine import WEIGHED, Second, label
from tests.unit.second_people import SKILLS, a_policy, facts, somebody

PEOPLE = 50
SEEDS = range(5)
"""50 x 50 pairs each: 12 500 in all."""


def question(seed):
    luck = random.Random(seed)
    profiles = {one.person_id: one for one in (somebody(luck, number, among=PEOPLE) for number in range(PEOPLE))}
    policy, known = a_policy(seed), facts(luck, [*profiles])
    people = [person_from(profile) for profile in profiles.values()]
    names = {"preferences": "stated", "meaning": "vectors"}
    second = Second(policy, profiles, **{names.get(name, name): fact for name, fact in known.items()})
    return people, frame_of(policy, people, **known), second


@pytest.mark.parametrize("seed", SEEDS)
def test_it_breaks_the_same_rule_and_gives_the_same_integers(seed):
    people, frame, second = question(seed)
    for mentee in people:
        for mentor in people:
            pair = mentee.id, mentor.id
            rule, found = broken_rule(mentee, mentor, frame), score(mentee, mentor, frame)
            assert second.broken(*pair) == (rule and rule.value), pair
            if rule is None:
                told = found.points, {part: found.parts[part] for part in WEIGHED if part in found.parts}
                assert second.score(*pair) == (*told, found.completeness), pair


@pytest.mark.parametrize("seed", SEEDS)
def test_the_compiled_sweep_agrees_with_it(seed):
    people, frame, second = question(seed)
    look = swept(people, people, frame)
    for at, mentee in enumerate(people):
        allowed = [mentor for mentor, one in enumerate(people) if second.broken(mentee.id, one.id) is None]
        seen = look(at)
        assert seen.allowed.tolist() == allowed
        assert seen.scores.tolist() == [second.score(mentee.id, people[mentor].id)[0] for mentor in allowed]


def test_every_rule_is_broken_and_every_part_is_answered_and_not_answered_by_some():
    rules, answered, pairs = Counter(), Counter(), 0
    for seed in SEEDS:
        people, _, second = question(seed)
        for mentee in people:
            for mentor in people:
                rules[second.broken(mentee.id, mentor.id)] += 1
                answered.update(second.values(mentee.id, mentor.id).keys())
                pairs += 1
    assert pairs == 12_500
    assert len(rules) == 14, rules
    assert rules[None] > 500
    assert all(0 < answered[part] < pairs for part in WEIGHED if part not in {"hours", "language"})


def test_names_of_skills_are_understood_alike():
    for name in SKILLS:
        assert label(name) == canonical(name), name
