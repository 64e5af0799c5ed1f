"""Ten thousand pairs, judged by the engine, by its compiled sweep, and by a second engine written from the page."""

from collections import Counter
from typing import NamedTuple

from services.matching.engine.frame import Frame, frame_of
from services.matching.engine.people import Person, person_from
from services.matching.engine.rules import Rule, broken_rule
from services.matching.engine.score import score
from services.matching.engine.sweeping import swept
from tests.unit.second_engine import SecondEngine
from tests.unit.second_people import World, a_world
from tests.unit.second_reading import One
from tests.unit.test_engine_rules import ANNA, BORIS, a_frame, a_profile

PEOPLE, WORLDS = 29, 12


class Twice(NamedTuple):
    """One world, as the engine has it and as the second one does."""

    world: World
    people: list[Person]
    frame: Frame
    ones: list[One]
    second: SecondEngine


def read_twice(world: World) -> Twice:
    policy, profiles, seats, forbidden, refused, tried, stated, vectors = world
    people = [person_from(profile) for profile in profiles]
    preferences = {(who, about): wish for who, wishes in stated.items() for about, wish in wishes.items()}
    around = {"forbidden": forbidden, "refused": refused, "tried": tried, "preferences": preferences}
    frame = frame_of(policy, people, meaning=vectors, **around)
    managers = {profile.person_id: profile.manager_id for profile in profiles}
    second = SecondEngine(policy, managers, seats, forbidden, refused, tried, stated, vectors)
    return Twice(world, people, frame, [One(profile) for profile in profiles], second)


def test_an_engine_written_from_the_page_alone_gives_the_same_rules_and_integers_on_ten_thousand_pairs():
    seen: Counter[Rule | None] = Counter()
    for seed in range(WORLDS):
        world, people, frame, ones, second = read_twice(a_world(seed, PEOPLE))
        pairs = [(at, other) for at in range(PEOPLE) for other in range(PEOPLE)]
        for at, other in pairs:
            rule = broken_rule(people[at], people[other], frame, world.seats[people[other].id])
            pair, a, b = score(people[at], people[other], frame), ones[at], ones[other]
            assert (second.broken(a, b), second.values(a, b)) == (rule, pair.values), (seed, a, b)
            assert (second.score(a, b), second.completeness(a, b)) == (pair.points, pair.completeness), (seed, a, b)
            assert list(second.parts(a, b).items()) == list(pair.parts.items()), (seed, a, b)
            seen[rule] += 1
    assert seen.total() >= 10_000
    assert min(seen[rule] for rule in (None, *Rule)) >= 10, seen


def test_the_compiled_sweep_finds_what_the_second_engine_finds():
    for seed in range(WORLDS):
        world, people, frame, ones, second = read_twice(a_world(seed, PEOPLE))
        free = [at for at in range(PEOPLE) if world.seats[people[at].id]]
        look = swept(people, [people[at] for at in free], frame)
        for at, a in enumerate(ones):
            rules = [second.broken(a, ones[other]) for other in free]
            allowed = {place: second.score(a, ones[free[place]]) for place, rule in enumerate(rules) if rule is None}
            found = look(at)
            assert dict(zip(found.allowed.tolist(), found.scores.tolist(), strict=True)) == allowed, (seed, a)
            assert found.broken == (None if allowed else Counter(rules)), (seed, a)


def test_the_second_engine_solves_the_worked_example_of_the_page():
    anna, boris = One(a_profile("anna", "mentee", **ANNA)), One(a_profile("boris", "mentor", **BORIS))
    second = SecondEngine(a_frame().policy, managers={}, seats={"boris": 1})
    parts = {"need": 2380000, "goals": 2000000, "style": 1750000, "hours": 666667, "language": 613333}
    assert second.broken(anna, boris) is None
    assert (second.score(anna, boris), second.completeness(anna, boris)) == (8076666, 900000)
    assert second.parts(anna, boris) == parts | {"seniority": 666666}
