"""A whole cohort at once: the best matching with its proof. The one function the service calls in a worker process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.matching.engine.certificate import Certificate
from services.matching.engine.score import Score

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from contracts.matching import Policy, Reason
    from services.matching.engine.frame import Pair
    from services.matching.engine.people import Person

Progress = Callable[[str, float], None]
"""Told now and then: the phase (`rules and scores`, `best matching`, `proof`) and the share of it that is done."""


@dataclass(frozen=True)
class Matched:
    """A mentee, their mentor, and why."""

    mentee_id: str
    mentor_id: str
    score: Score
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Unmatched:
    """A mentee without a mentor. `rule` is a `rules.Rule`, `seats-taken` or `no-mentors`; `text` says it in words."""

    mentee_id: str
    rule: str
    text: str


@dataclass(frozen=True)
class SeatPrice:
    """What one more seat of this mentor would be worth to the program, in points of `coverage_bonus + score`."""

    mentor_id: str
    seats: int
    taken: int
    price: int


@dataclass(frozen=True)
class CohortResult:
    """Pairs and unmatched mentees, each in the order of the mentees' ids; and the proof that no matching is better.

    For every allowed pair: utility of the mentee + price of the mentor ≥ coverage_bonus + points.
    """

    pairs: tuple[Matched, ...]
    unmatched: tuple[Unmatched, ...]
    prices: tuple[SeatPrice, ...]
    utilities: dict[str, int]
    certificate: Certificate


def match_cohort(
    people: Sequence[Person],
    seats: Mapping[str, int],
    policy: Policy,
    *,
    policy_version: int,
    mentees: Collection[str] | None = None,
    managers: Mapping[str, str | None] | None = None,
    forbidden: Collection[Pair] = (),
    tried: Collection[Pair] = (),
    preferences: Mapping[Pair, float] | None = None,
    progress: Progress | None = None,
) -> CohortResult:
    """Matches everyone who looks for a mentor: as many as possible, and among those ways the highest total score.

    `people` holds everyone who may be needed (each id once). `mentees`: who looks for a mentor (default: everyone
    with the role). `seats`: mentor → free seats; whoever is absent has none. `managers`: see `frame.frame_of`.
    The order of none of these matters. Pure, and everything in and out can be pickled (`progress` cannot).
    """
    raise NotImplementedError
