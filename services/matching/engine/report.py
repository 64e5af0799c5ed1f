"""What a coordinator looks at before offers go out: who was served, which skills are short, who would rather swap."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.matching.engine.groups import opted_in
from services.matching.engine.segments import Segment, segments
from services.matching.engine.stability import Stability, stability

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.matching.engine.fairness import Fairness
    from services.matching.engine.groups import Groups
    from services.matching.engine.people import Person
    from services.matching.engine.settle import Outcome
    from services.matching.engine.survey import Survey


@dataclass(frozen=True)
class Shortage:
    """A skill to recruit mentors for."""

    skill: str
    seats: int
    """Mentees without a mentor who want it, and are not counted with a skill before."""


@dataclass(frozen=True)
class Floor:
    """What the least score that a policy asks for comes to."""

    min_score: int
    left_out: int
    """Mentees who have nobody because of it alone."""
    highest: int | None
    """The best that any pair scores, of those that no other rule forbids: no higher floor can be met. None: no pair."""


@dataclass(frozen=True)
class Report:
    """The figures of a run beside its certificate."""

    stability: Stability
    segments: tuple[Segment, ...]
    shortages: tuple[Shortage, ...]
    floor: Floor | None = None
    """None where the policy has none."""
    groups: tuple[Segment, ...] = ()
    """Those that people opted into."""
    fairness: Fairness | None = None
    """None where the policy does not steer, or there is nobody to steer for."""


def report(outcome: Outcome, people: Mapping[str, Person], found: Survey, groups: Groups) -> Report:
    """The report of a matching. `people`: everybody of the problem by id."""
    pairs, own = outcome.problem, outcome.own
    return Report(
        floor=_floor(outcome, found),
        fairness=outcome.fairness,
        groups=tuple(opted_in(pairs, own, groups)),
        stability=stability(pairs, outcome.mates, own),
        segments=tuple(segments(pairs, own, people)),
        shortages=tuple(shortages(people[mentee] for mentee in outcome.unmatched())),
    )


def _floor(outcome: Outcome, found: Survey) -> Floor | None:
    if not outcome.certificate.min_score:
        return None
    highest = [*found.below.values(), *([outcome.problem.highest] if outcome.problem.allowed else [])]
    return Floor(outcome.certificate.min_score, len(found.below), max(highest, default=None))


def shortages(unmatched: Iterable[Person]) -> Iterable[Shortage]:
    """The skills that would serve most of those without a mentor, each mentee counted once: greedy set cover.

    Of skills wanted by as many the first in the alphabet.
    """
    left = [person.wants.keys() for person in unmatched if person.wants]
    while left:
        wanted = Counter(skill for wants in left for skill in wants)
        skill, seats = min(wanted.items(), key=lambda item: (-item[1], item[0]))
        yield Shortage(skill, seats)
        left = [wants for wants in left if skill not in wants]
