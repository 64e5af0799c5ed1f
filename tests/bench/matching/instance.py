"""The people who are matched: out of the demo's company, as many as asked, spread around the clock.

How many of the pairs are allowed is set by the program's own rule on shared working hours. Everybody works ten hours a
day that begin at any quarter of an hour around the world, so nine and a half hours in common leave 5 of 96 beginnings,
six and a half 29, and half an hour 77. Other rules take a little more; the tables tell what was left.
"""

import random
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from contracts.matching import Policy, ProgramOpened
from deploy.local.demo.company import write_company
from services.matching.engine.frame import Frame, frame_of
from services.matching.engine.people import Person, person_from
from services.matching.engine.problem import Ints
from services.matching.files.people import read_people

OVERLAP_HOURS = {0.05: 9.5, 0.3: 6.5, 0.8: 0.5}
"""Share of pairs that should be allowed → hours that a pair must have in common."""
MENTORS_PER_MENTEE = 0.6
PEOPLE_PER_MENTEE = 3.6
"""Of the demo's company about a fifth would mentor."""
QUARTERS = ("09:00-19:00", "09:15-19:15", "09:30-19:30", "09:45-19:45")


class Sides(NamedTuple):
    """Mentees and mentors, each in the order of their ids, and the frame of the question."""

    mentees: list[Person]
    mentors: list[Person]
    frame: Frame


def company(size: int, seed: int) -> Sides:
    """Everybody of the demo's company who would be a mentee or a mentor, under the default policy."""
    people = _employees(size, seed)
    sides = ([person for person in people if role in person.roles] for role in ("mentee", "mentor"))
    return Sides(*sides, frame_of(_policy(), people))


def around_the_clock(mentees: int, seed: int) -> Sides:
    """So many mentees, and six mentors for ten of them, under the default policy."""
    luck = random.Random(seed)
    people = [_elsewhere(person, luck) for person in _employees(round(PEOPLE_PER_MENTEE * mentees), seed)]
    wanted = {"mentee": mentees, "mentor": round(MENTORS_PER_MENTEE * mentees)}
    sides = (
        sorted(luck.sample([one for one in people if role in one.roles], count), key=lambda person: person.id)
        for role, count in wanted.items()
    )
    return Sides(*sides, frame_of(_policy(), people))


def with_share(sides: Sides, allowed: float) -> Sides:
    """The same people under a rule that leaves about this share of the pairs."""
    policy = sides.frame.policy
    rules = policy.rules.model_copy(update={"min_overlap_hours": OVERLAP_HOURS[allowed]})
    return sides._replace(frame=replace(sides.frame, policy=policy.model_copy(update={"rules": rules})))


def even_seats(mentees: int, mentors: int, ratio: float) -> Ints:
    """[mentors] so many seats for each mentee, spread evenly."""
    return np.diff(np.linspace(0, ratio * mentees, mentors + 1).astype(np.int64))


def _policy() -> Policy:
    return ProgramOpened.example().policy.model_copy(update={"functions": ()})


def _employees(size: int, seed: int) -> list[Person]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_company(folder / "people.csv", size=size, seed=seed)
        profiles = read_people(folder / "people.csv", {}, folder, now=datetime.now(UTC)).profiles
    return sorted((person_from(profile) for profile in profiles), key=lambda person: person.id)


def _elsewhere(person: Person, luck: random.Random) -> Person:
    zone = f"Etc/GMT{luck.randint(-11, 12):+}"
    return replace(person, hours=((f"Mon-Fri {luck.choice(QUARTERS)}",), zone))
