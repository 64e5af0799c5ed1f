"""Every mentee against every mentor: which pairs are allowed, what each is worth, and why somebody has none."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from services.matching.engine.problem import posed
from services.matching.engine.rules import Rule, broken_rule
from services.matching.engine.score import points
from services.matching.engine.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person
    from services.matching.engine.problem import Ints, Problem


class Progress(Protocol):
    """Told now and then."""

    def __call__(self, phase: str, share: float, matched_bound: int | None = None) -> None:
        """The phase, the share of it that is done, 0 to 1, and the most mentees that can be matched, if known."""


TOLD_EVERY = 50
MANY = 50_000
"""Pairs; fewer take less time than loading what was compiled."""


class Looked(NamedTuple):
    """What one mentee finds among all mentors."""

    allowed: Ints
    scores: Ints
    """Of the allowed ones."""
    broken: Counter[Rule] | None = None
    """If there are none: how many mentors each rule forbids."""
    below: int | None = None
    """If there are none: the highest score of those whom nothing but the floor forbids."""


@dataclass
class Survey:
    """The allowed pairs of a cohort as columns, and the broken rules of mentees who have none."""

    mentee: array[int] = field(default_factory=lambda: array("q"))
    mentor: array[int] = field(default_factory=lambda: array("q"))
    score: array[int] = field(default_factory=lambda: array("q"))
    broken: dict[str, Counter[Rule]] = field(default_factory=dict)
    """Mentee without an allowed pair → how many mentors each rule forbids."""
    below: dict[str, int] = field(default_factory=dict)
    """Mentee whom the floor alone leaves without an allowed pair → the highest score that they could have."""

    def lonely(self, mentee: str, seen: Looked) -> None:
        """Why a mentee has no allowed pair, if that is so."""
        if seen.broken is not None:
            self.broken[mentee] = seen.broken
        if seen.below is not None:
            self.below[mentee] = seen.below

    def add(self, mentee: int, mentors: Ints, scores: Ints) -> None:
        """The allowed pairs of the next mentee."""
        self.mentee.frombytes(np.full(len(mentors), mentee, np.int64).tobytes())
        self.mentor.frombytes(mentors.tobytes())
        self.score.frombytes(scores.tobytes())

    def problem(self, mentees: Sequence[Person], mentors: Sequence[Person], seats: Sequence[int]) -> Problem:
        """The columns as a problem."""
        columns = (np.frombuffer(column, np.int64) for column in (self.mentee, self.mentor, self.score))
        return posed([one.id for one in mentees], [one.id for one in mentors], seats, *columns)


def survey(
    mentees: Sequence[Person], mentors: Sequence[Person], frame: Frame, progress: Progress | None = None
) -> Survey:
    """Asks every rule and scores every allowed pair. Both sequences are in the order of the ids.

    MANY pairs are swept in compiled code; the readable rules and scores stay its judge, and do the few.
    """
    found = Survey()
    if len(mentees) * len(mentors) >= MANY:
        from services.matching.engine.sweeping import swept  # noqa: PLC0415 - a service that sweeps nothing loads no compiler

        look = swept(mentees, mentors, frame)
    else:
        look = partial(looked, mentees, mentors, frame)
    for at, mentee in enumerate(mentees):
        seen = look(at)
        found.add(at, seen.allowed, seen.scores)
        found.lonely(mentee.id, seen)
        if progress and at % TOLD_EVERY == 0:
            progress("rules and scores", at / len(mentees))
    return found


def looked(mentees: Sequence[Person], mentors: Sequence[Person], frame: Frame, at: int) -> Looked:
    """One mentee against all mentors, as the rules and scores are written: what `sweep` is judged by."""
    rules = [broken_rule(mentees[at], mentor, frame) for mentor in mentors]
    allowed = [index for index, rule in enumerate(rules) if rule is None]
    scores = [points(terms(mentees[at], mentors[index], frame), frame) for index in allowed]
    low = [index for index, rule in enumerate(rules) if rule is Rule.BELOW_FLOOR and not allowed]
    return Looked(
        np.array(allowed, np.int64),
        np.array(scores, np.int64),
        None if allowed else Counter(rule for rule in rules if rule is not None),
        max((points(terms(mentees[at], mentors[index], frame), frame) for index in low), default=None),
    )
