"""Groups that people put themselves into: who was served, and nothing about so few that somebody could be recognised.

They are never part of a rule or of a score, so nobody is better or worse off for having said anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import numpy as np

from services.matching.engine.segments import Segment, segment

if TYPE_CHECKING:
    from services.matching.engine.pairs import Pairs
    from services.matching.engine.problem import Ints

Groups = Mapping[str, Collection[str]]
"""Name of the group → ids of people who opted in. Somebody may be in several, or in none."""
SMALLEST = 5
"""Mentees; about fewer nothing is told, nor about fewer who are in no group that is told."""


def opted_in(pairs: Pairs, own: Ints, groups: Groups) -> list[Segment]:
    """Each group that is large enough: how many, how many have a mentor, could have one, and their mean score."""
    return [segment("group", name, who, own, pairs) for name, who in sorted(large_enough(members(pairs, groups)))]


def members(pairs: Pairs, groups: Groups) -> list[tuple[str, Ints]]:
    """The groups with the indexes of their mentees, by name; without those who are no mentees of this problem."""
    at = {mentee: index for index, mentee in enumerate(pairs.mentees)}
    return [
        (name, np.array(sorted({at[person] for person in groups[name] if person in at}), np.int64))
        for name in sorted(groups)
    ]


def large_enough(found: list[tuple[str, Ints]]) -> list[tuple[str, Ints]]:
    """The groups to tell about, the largest first.

    Where a few mentees are in none of them, the smallest is left out as well: else the totals would tell about the few.
    """
    kept = sorted((one for one in found if len(one[1]) >= SMALLEST), key=lambda one: (-len(one[1]), one[0]))
    out = [one for one in found if len(one[1]) < SMALLEST]
    while kept and 0 < len(_only(out, kept)) < SMALLEST:
        out.append(kept.pop())
    return kept


def _only(these: list[tuple[str, Ints]], others: list[tuple[str, Ints]]) -> set[int]:
    """Who is in one of these groups and in none of the others."""
    return {one for _, who in these for one in who.tolist()} - {one for _, who in others for one in who.tolist()}
