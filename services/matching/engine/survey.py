"""Every mentee against every mentor: which pairs are allowed, what each is worth, and why somebody has none."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from services.matching.engine.problem import posed
from services.matching.engine.rules import Rule, broken_rule
from services.matching.engine.score import points
from services.matching.engine.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person
    from services.matching.engine.problem import Problem

Progress = Callable[[str, float], None]
"""Told now and then: the phase and the share of it that is done, 0 to 1."""
TOLD_EVERY = 50


@dataclass
class Survey:
    """The allowed pairs of a cohort as columns, and the broken rules of mentees who have none."""

    mentee: array[int] = field(default_factory=lambda: array("q"))
    mentor: array[int] = field(default_factory=lambda: array("q"))
    score: array[int] = field(default_factory=lambda: array("q"))
    broken: dict[str, Counter[Rule]] = field(default_factory=dict)
    """Mentee without an allowed pair → how many mentors each rule forbids."""

    def problem(self, mentees: Sequence[Person], mentors: Sequence[Person], seats: Sequence[int]) -> Problem:
        """The columns as a problem."""
        columns = (np.frombuffer(column, np.int64) for column in (self.mentee, self.mentor, self.score))
        return posed([one.id for one in mentees], [one.id for one in mentors], seats, *columns)


def survey(
    mentees: Sequence[Person], mentors: Sequence[Person], frame: Frame, progress: Progress | None = None
) -> Survey:
    """Asks every rule and scores every allowed pair. Both sequences are in the order of the ids."""
    found = Survey()
    for at, mentee in enumerate(mentees):
        broken = _look_around(at, mentee, mentors, frame, found)
        if broken.total() == len(mentors):
            found.broken[mentee.id] = broken
        if progress and at % TOLD_EVERY == 0:
            progress("rules and scores", at / len(mentees))
    return found


def _look_around(at: int, mentee: Person, mentors: Sequence[Person], frame: Frame, found: Survey) -> Counter[Rule]:
    broken: Counter[Rule] = Counter()
    for index, mentor in enumerate(mentors):
        rule = broken_rule(mentee, mentor, frame)
        if rule is not None:
            broken[rule] += 1
        else:
            found.mentee.append(at)
            found.mentor.append(index)
            found.score.append(points(terms(mentee, mentor, frame), frame))
    return broken
