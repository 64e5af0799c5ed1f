"""The frame of a question: the policy, and the facts around the people that are the same for every pair."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from services.matching.engine.reporting import Reporting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from contracts.matching import Policy
    from services.matching.engine.meaning import Meaning
    from services.matching.engine.people import Person

Pair = tuple[str, str]
"""A mentee's id and a mentor's id, in this order."""
PARTS = ("need", "goals", "style", "preference", "hours", "language", "seniority")
"""The parts of a score, in the order that breaks ties."""
WEIGHT_SCALE = 1_000_000


@dataclass(frozen=True)
class Frame:
    """The policy and what surrounds the people. Build it with `frame_of`."""

    policy: Policy
    reporting: Reporting
    forbidden: frozenset[Pair] = frozenset()
    """Pairs that a coordinator ruled out."""
    refused: frozenset[Pair] = frozenset()
    """Pairs whose mentee does not want this mentor."""
    tried: frozenset[Pair] = frozenset()
    """Pairs that ended or declined in this program."""
    preferences: Mapping[Pair, float] = field(default_factory=dict)
    """(who, about whom) → 0 to 1, as stated. Who named anybody has answered about everybody (`terms.stated`)."""
    meaning: Meaning = field(default_factory=dict)
    """Person → what their goals mean (`meaning.meaning_of`); empty: goals are compared by their words alone."""

    @cached_property
    def week_of(self) -> date:
        """The Monday of the week in which working hours are compared: that of the program's start."""
        return self.policy.starts_on - timedelta(days=self.policy.starts_on.weekday())

    @cached_property
    def functions(self) -> frozenset[str]:
        """Job families that may join, in lower case; empty: all."""
        return frozenset(name.strip().casefold() for name in self.policy.functions)

    @cached_property
    def choosers(self) -> frozenset[str]:
        """Who stated a preference about anybody."""
        return frozenset(who for who, _ in self.preferences)

    @cached_property
    def weights(self) -> tuple[int, ...]:
        """The weights in the order of PARTS, in millionths."""
        return tuple(round(getattr(self.policy.weights, part) * WEIGHT_SCALE) for part in PARTS)

    @cached_property
    def whole_weight(self) -> int:
        """All weights together, in millionths."""
        return sum(self.weights)

    @cached_property
    def least_minutes(self) -> int:
        """Shared working time that a pair must have on its best weekday, in minutes."""
        return round(self.policy.rules.min_overlap_hours * 60)

    @cached_property
    def least_score(self) -> int:
        """What a pair must score, in points."""
        return self.policy.rules.min_score

    @cached_property
    def least_completeness(self) -> int:
        """Share of the weight that must be answered, in millionths."""
        return round(self.policy.rules.min_completeness * WEIGHT_SCALE)


def frame_of(
    policy: Policy,
    people: Iterable[Person],
    *,
    managers: Mapping[str, str | None] | None = None,
    forbidden: Iterable[Pair] = (),
    refused: Iterable[Pair] = (),
    tried: Iterable[Pair] = (),
    preferences: Mapping[Pair, float] | None = None,
    meaning: Meaning | None = None,
) -> Frame:
    """The frame for one question.

    The reporting line follows `managers` (person → manager, of the whole company) where it is given, else the
    manager ids of `people`, which then must hold everyone between two people of a line.
    """
    line = managers if managers is not None else {person.id: person.manager_id for person in people}
    return Frame(
        policy,
        Reporting(line),
        forbidden=frozenset(forbidden),
        refused=frozenset(refused),
        tried=frozenset(tried),
        preferences=dict(preferences or {}),
        meaning=meaning or {},
    )
