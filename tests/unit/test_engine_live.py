"""Live shortlists: whatever changed before, a mentee's list is what a calm look at everybody gives."""

import random
from dataclasses import replace

import pytest

from services.matching.engine import live as engine
from services.matching.engine.frame import frame_of
from services.matching.engine.live import Live
from services.matching.engine.shortlist import shortlist
from tests.unit.test_engine_rules import a_frame
from tests.unit.test_engine_sweep import somebody

MANY = 60


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_lists_are_those_of_a_calm_look_at_everybody(seed, compiled, monkeypatch):
    monkeypatch.setattr(engine, "FEW", 0 if compiled else 10**9)
    luck = random.Random(seed)
    people = {person.id: person for person in (somebody(luck, number, among=MANY) for number in range(MANY))}
    policy = a_frame().policy
    live = Live(policy, managers={})
    offering: set[str] = set()
    for _ in range(300):
        changed = somebody(luck, luck.randrange(MANY), among=MANY)
        people[changed.id] = changed
        if "mentor" in changed.roles and luck.random() < 0.7:
            live.put(changed)
            offering.add(changed.id)
        else:
            live.remove(changed.id)
            offering.discard(changed.id)
    for person in people.values():
        live.reports_to(person.id, person.manager_id)
    prices = {mentor: luck.choice([0, 400_000, 2_000_000]) for mentor in sorted(offering)}
    live.prices(prices)
    pairs = [(luck.choice(sorted(people)), luck.choice(sorted(people))) for _ in range(400)]
    frame = frame_of(policy, people.values(), tried=pairs[:200], forbidden=pairs[200:])
    mentees = [person for person in people.values() if "mentee" in person.roles]
    found = live.shortlists(mentees, 5, tried=pairs[:200], forbidden=pairs[200:])
    mentors = [people[mentor] for mentor in sorted(offering)]
    seats = dict.fromkeys(offering, 1)
    assert found == {one.id: shortlist(one, mentors, frame, seats, prices=prices) for one in mentees}
    assert sum(map(len, found.values())) > 20, "somebody has a list"


def test_of_equal_mentors_the_same_ones_are_listed_whatever_came_first():
    luck = random.Random(1)
    mentee = replace(somebody(luck, 0, among=MANY), roles=frozenset({"mentee"}), languages=("en",), avoid=frozenset())
    twin = replace(mentee, roles=frozenset({"mentor"}), team=None, manager_id=None)
    mentors = [replace(twin, id=f"t{number}") for number in range(20)]
    policy = a_frame({"min_completeness": 0.0}).policy
    seen = []
    for order in (mentors, mentors[::-1]):
        live = Live(policy, managers={})
        for mentor in order:
            live.put(mentor)
        seen.append([each.mentor_id for each in live.shortlists([mentee], 5)[mentee.id]])
    assert seen[0] == seen[1]
    assert len(seen[0]) == 5
