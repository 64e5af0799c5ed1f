"""Live shortlists: whatever changed before, a mentee's list is what a calm look at everybody gives."""

import random
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import live as engine
from services.matching.engine.frame import Frame, frame_of
from services.matching.engine.live import Live
from services.matching.engine.people import Person
from services.matching.engine.rules import in_program
from services.matching.engine.shortlist import shortlist
from services.matching.engine.sweeping import swept
from tests.unit.test_engine_rules import a_frame, a_mentee, a_mentor
from tests.unit.test_engine_sweep import a_question, somebody

MANY = 60
PRICES = (0, 0, 400_000, 2_000_000, 10**12)


@dataclass
class Calm:
    """What is known of everybody, and beside it the index that is told of each change alone."""

    frame: Frame
    people: dict[str, Person]
    managers: dict[str, str | None]
    live: Live = field(init=False)
    offering: set[str] = field(default_factory=set)
    prices: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.live = Live(self.frame.policy, managers=self.managers)

    def change(self, luck: random.Random) -> None:
        """One of the things that happen."""
        who, whom = luck.choice(sorted(self.people)), luck.choice([None, *sorted(self.people)])
        match luck.choice(["person"] * 6 + ["manager", "prices", "leave", "leave"]):
            case "person":
                self.put(somebody(luck, int(who[1:]), among=MANY))
            case "manager":
                assert self.live.reports_to(who, whom) == (self.managers.get(who) != whom)
                self.managers[who] = whom
            case "prices":
                self.prices = {one: luck.choice(PRICES) for one in sorted(self.people) if luck.random() < 0.5}
                self.live.prices(self.prices)
            case "leave":
                self.live.remove(who)
                self.offering.discard(who)

    def put(self, person: Person) -> None:
        """Somebody as they are now, with a free seat."""
        self.people[person.id] = person
        self.live.put(person)
        takes_part = "mentor" in person.roles and in_program(person, self.frame)
        (self.offering.add if takes_part else self.offering.discard)(person.id)

    def lists(self, limit: int) -> SimpleNamespace:
        """Everybody's list by the index, and by a calm look."""
        frame = replace(self.frame, reporting=frame_of(self.frame.policy, (), managers=self.managers).reporting)
        around = {name: getattr(frame, name) for name in ("tried", "forbidden", "refused", "preferences")}
        everybody, seats = [*self.people.values()], dict.fromkeys(self.offering, 1)
        mentors = [self.people[one] for one in sorted(self.offering)]
        return SimpleNamespace(
            found=self.live.shortlists(everybody, limit, **around),
            read={one.id: shortlist(one, mentors, frame, seats, prices=self.prices, limit=limit) for one in everybody},
        )


def a_calm(seed: int) -> Calm:
    """A question with any policy; nothing of what goals mean, which no shortlist knows."""
    people, frame = a_question(seed)
    calm = Calm(replace(frame, meaning={}), {one.id: one for one in people}, {one.id: one.manager_id for one in people})
    for person in people[::2]:
        calm.put(person)
    return calm


@pytest.mark.parametrize("few", [0, 25, 10**9], ids=["compiled", "compiled after a while", "as it is written"])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), changes=st.integers(0, 80), limit=st.integers(1, 6))
def test_after_any_changes_lists_are_those_of_a_calm_look_at_everybody(few, seed, changes, limit):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "FEW", few)
        luck, calm = random.Random(seed), a_calm(seed)
        for number in range(changes):
            calm.change(luck)
            if number % 40 == 0:
                calm.live.shortlists([*calm.people.values()], limit)  # asking changes nothing
        lists = calm.lists(limit)
        assert lists.found == lists.read
        assert len(calm.live) == len(calm.offering)


def test_the_changes_of_these_tests_leave_lists_to_compare(monkeypatch):
    monkeypatch.setattr(engine, "FEW", 0)
    luck, listed = random.Random(1), 0
    for seed in range(6):
        calm = a_calm(seed)
        for _ in range(60):
            calm.change(luck)
        listed += sum(map(len, calm.lists(5).found.values()))
    assert listed > 300


def test_thousands_of_mentors_have_the_lists_of_the_sweep():
    """Two compiled ways that share no code, where plain Python would take too long."""
    luck = random.Random(5)
    mentors = [replace(somebody(luck, number, among=4_000), roles=frozenset({"mentor"})) for number in range(3_000)]
    mentees = [
        replace(somebody(luck, number, among=4_000), roles=frozenset({"mentee"})) for number in range(3_000, 3_060)
    ]
    managers = {one.id: one.manager_id for one in (*mentors, *mentees)}
    prices = {one.id: luck.choice(PRICES) for one in mentors}
    policy = a_frame().policy
    live = Live(policy, managers=managers)
    live.put_all(mentors)
    live.prices(prices)
    assert live._roster, "compiled"
    frame = frame_of(policy, (), managers=managers)
    look, found, listed = swept(mentees, mentors, frame), live.shortlists(mentees, 5), 0
    for at, mentee in enumerate(mentees):
        seen = look(at)
        pairs = zip(seen.allowed.tolist(), seen.scores.tolist(), strict=True)
        worth = sorted((points - prices[mentors[mentor].id] for mentor, points in pairs), reverse=True)
        assert [each.score.points - prices[each.mentor_id] for each in found[mentee.id]] == worth[:5]
        listed += len(found[mentee.id])
    assert listed > 200


@pytest.mark.parametrize("few", [0, 10**9], ids=["compiled", "as it is written"])
def test_of_equal_mentors_the_same_ones_are_listed_whatever_came_first(few, monkeypatch):
    monkeypatch.setattr(engine, "FEW", few)
    mentee, twins = a_mentee(), [a_mentor(f"t{number}") for number in range(20)]
    seen = []
    for order in (twins, twins[::-1]):
        live = Live(a_frame().policy, managers={})
        live.put_all(order)
        seen.append([each.mentor_id for each in live.shortlists([mentee], 5)[mentee.id]])
    assert seen[0] == seen[1]
    assert len(seen[0]) == 5


@pytest.mark.parametrize("few", [0, 10**9], ids=["compiled", "as it is written"])
def test_who_cannot_mentor_in_this_program_is_not_taken_up(few, monkeypatch):
    monkeypatch.setattr(engine, "FEW", few)
    live = Live(a_frame(functions=["sales"]).policy, managers={})
    live.put_all([a_mentor("t1", function="Sales"), a_mentor("t2", function="legal"), a_mentee("t3", function="sales")])
    assert len(live) == 1
    live.put(a_mentor("t1", function="legal"))
    assert len(live) == 0
    assert live.shortlists([a_mentee(function="sales")], 5) == {"anna": []}
