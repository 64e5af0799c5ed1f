"""Who was served, group by group: coverage and mean score, beside what the group could have reached alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from services.matching.engine.flow import flow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.matching.engine.pairs import Pairs
    from services.matching.engine.people import Person
    from services.matching.engine.problem import Ints

SMALLEST = 10
"""Mentees; about fewer nothing is told, and nothing can be worked out from the others."""
MOST_PAIRS = 3_000_000
"""Allowed pairs up to which it is worked out what each group could reach alone."""
OTHERS = "(others)"
BAND = 3


@dataclass(frozen=True)
class Segment:
    """Mentees who have something in common."""

    by: str
    """`function`, `level`, or `group` for those that people opted into."""
    name: str
    mentees: int
    matched: int
    entitled: int | None
    """How many of them could have a mentor if nobody else needed one; None where there are too many pairs to ask."""
    mean_score: int | None
    """Of those who are matched."""


def segments(pairs: Pairs, own: Ints, people: Mapping[str, Person]) -> list[Segment]:
    """The groups of the mentees by job family and by level; small ones together, or not at all."""
    told = []
    for by, name_of in _KINDS.items():
        groups: dict[str, list[int]] = defaultdict(list)
        for at, mentee in enumerate(pairs.mentees):
            groups[name_of(people[mentee])].append(at)
        told += [segment(by, name, np.array(who), own, pairs) for name, who in _large_enough(groups)]
    return told


def _large_enough(groups: Mapping[str, list[int]]) -> list[tuple[str, list[int]]]:
    """The groups, small ones pooled.

    A pool that is too small itself takes in the next smallest group: else the totals would tell about it.
    """
    by_size = sorted(groups.items(), key=lambda item: (len(item[1]), item[0]))
    pool: list[int] = []
    while by_size and (len(by_size[0][1]) < SMALLEST or 0 < len(pool) < SMALLEST):
        pool += by_size.pop(0)[1]
    kept = sorted(by_size)
    return [*kept, (OTHERS, sorted(pool))] if len(pool) >= SMALLEST else kept


def segment(by: str, name: str, who: Ints, own: Ints, pairs: Pairs) -> Segment:
    """The figures of the mentees with the indexes `who`; `own`: the score of each mentee's pair, -1 for none."""
    scores = own[who][own[who] >= 0]
    return Segment(
        by=by,
        name=name,
        mentees=len(who),
        matched=len(scores),
        entitled=entitled(pairs, who) if pairs.allowed <= MOST_PAIRS else None,
        mean_score=int(scores.sum()) // len(scores) if len(scores) else None,
    )


def entitled(pairs: Pairs, who: Ints) -> int:
    """How many of these mentees could have a mentor if nobody else needed one."""
    problem = pairs.only(who)
    every = np.arange(len(problem.score))
    return int((flow(problem, every, np.zeros_like(every)) >= 0).sum())


def _function(person: Person) -> str:
    return person.function or "(not given)"


def _level(person: Person) -> str:
    if person.level is None:
        return "(not given)"
    lowest = (person.level - 1) // BAND * BAND + 1
    return f"{lowest}-{lowest + BAND - 1}"


_KINDS: dict[str, Callable[[Person], str]] = {"function": _function, "level": _level}
