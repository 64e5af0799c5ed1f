"""What is known of two people in particular: who must not meet, and who named whom."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from services.matching.engine.rules import Rule
from services.matching.engine.terms import stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person

NONE = -1
RULES = tuple(Rule)


def blocked(
    mentees: Sequence[Person], mentors: Sequence[Person], at: Mapping[str, int], frame: Frame
) -> list[list[tuple[int, int, int]]]:
    """For each mentee the mentors they must not be paired with, and which of RULES says so first."""
    depth, broken = frame.policy.rules.reporting_line_depth, defaultdict[str, dict[str, int]](dict)
    # The rule that is asked first is marked last.
    decided = (Rule.TRIED_BEFORE, frame.tried), (Rule.REFUSED, frame.refused), (Rule.FORBIDDEN, frame.forbidden)
    for rule, mentee, mentor in ((rule, *pair) for rule, pairs in decided for pair in pairs):
        broken[mentee][mentor] = RULES.index(rule)
    _both_ways(broken, mentees, mentors, lambda one: one.avoid, RULES.index(Rule.AVOID))
    _both_ways(
        broken, mentees, mentors, lambda one: frame.reporting.above(one.id, depth), RULES.index(Rule.REPORTING_LINE)
    )
    for one in mentees:
        broken[one.id][one.id] = RULES.index(Rule.SAME_PERSON)
    return [[(at[mentor], rule, 0) for mentor, rule in broken[one.id].items() if mentor in at] for one in mentees]


def _both_ways(
    broken: Mapping[str, dict[str, int]],
    mentees: Sequence[Person],
    mentors: Sequence[Person],
    others: Callable[[Person], Iterable[str]],
    rule: int,
) -> None:
    """Marks each mentee with the `others` of theirs, and with each mentor who has them among the others."""
    for one in mentees:
        broken[one.id].update(dict.fromkeys(others(one), rule))
    for mentor in mentors:
        for mentee in others(mentor):
            broken[mentee][mentor.id] = rule


def preferred(mentees: Sequence[Person], at: Mapping[str, int], frame: Frame) -> list[list[tuple[int, int, int]]]:
    """For each mentee the mentors of whom one named the other, with what each stated."""
    about = defaultdict[str, set[str]](set)
    for who, whom in frame.preferences:
        about[who].add(whom)
        about[whom].add(who)
    return [
        [
            (at[other], or_none(stated(one.id, other, frame)), or_none(stated(other, one.id, frame)))
            for other in about[one.id]
            if other in at
        ]
        for one in mentees
    ]


def or_none(value: int | None) -> int:
    """The number, or NONE."""
    return NONE if value is None else value
