"""Many mentors with free seats, mixed from fewer people, and some who look for one of them."""

import random
from dataclasses import replace
from typing import NamedTuple

from contracts.matching import Policy
from services.matching.engine.live import Live
from services.matching.engine.people import Person
from tests.bench.matching.instance import around_the_clock, with_share

MIXED_FROM = 5_000
"""Mentees, and six mentors for ten of them, of the demo's company; to read a hundred thousand would take minutes."""
ALLOWED = 0.3


class Crowd(NamedTuple):
    """One program with many mentors."""

    policy: Policy
    managers: dict[str, str | None]
    mentors: list[Person]
    mentees: list[Person]
    prices: dict[str, int]

    def live(self) -> Live:
        """The index of them."""
        live = Live(self.policy, managers=self.managers)
        live.put_all(self.mentors)
        live.prices(self.prices)
        return live


def crowd(mentors: int, mentees: int, seed: int) -> Crowd:
    """A mentor is one person's place and hours, another's skills and a third's goals."""
    luck, sides = random.Random(seed), with_share(around_the_clock(MIXED_FROM, seed), ALLOWED)
    mixed = [mixture(f"mentor-{number:06}", sides.mentors, luck) for number in range(mentors)]
    managers = {person.id: person.manager_id for person in (*sides.mentees, *sides.mentors, *mixed)}
    prices = {one.id: luck.randrange(2_000_000) for one in mixed if luck.random() < ALLOWED}
    return Crowd(sides.frame.policy, managers, mixed, luck.sample(sides.mentees, mentees), prices)


def mixture(person_id: str, of: list[Person], luck: random.Random) -> Person:
    """Somebody new, of three of these."""
    one, other, third = luck.choices(of, k=3)
    return replace(
        one,
        id=person_id,
        teaches=other.teaches,
        style=other.style,
        aims=third.aims,
        aim_words=third.aim_words,
        words=third.words,
        aim_text=third.aim_text,
    )
