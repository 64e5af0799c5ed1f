"""How often groups are served: how far one is behind another, and what all would have if none were."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from services.matching.engine.certificate import MILLION
from services.matching.engine.groups import SMALLEST, large_enough, members
from services.matching.engine.segments import MOST_PAIRS, entitled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.matching.engine.groups import Groups
    from services.matching.engine.pairs import Pairs
    from services.matching.engine.problem import Ints

HALVES = 60
"""A share is found to the last bit."""


class Side(NamedTuple):
    """A group of mentees. Whoever is in none is one as well, so that nobody pays for having said nothing."""

    who: Ints
    """Their indexes."""
    most: int
    """How many of them could have a mentor if nobody else needed one."""


def sides_of(pairs: Pairs, groups: Groups) -> Iterator[Side]:
    """The groups that are large enough to be told about, and whoever is in none of them."""
    told = [who for _, who in large_enough(members(pairs, groups))]
    named = np.unique(np.concatenate(told)) if told else np.zeros(0, np.int64)
    others = np.setdiff1d(np.arange(len(pairs.mentees)), named)
    for who in [*told, *([others] if len(others) >= SMALLEST else [])]:
        can = pairs.counts[who]
        yield Side(who, entitled(pairs, who) if can.sum() <= MOST_PAIRS else int((can > 0).sum()))


def quotas(sides: list[Side], matched: int, mentees: int) -> list[int]:
    """How many of each group are matched where all have the same share, or all that they can reach (water filling).

    Who is in several groups counts in each with an equal part.
    """
    times = np.zeros(mentees, np.int64)
    for side in sides:
        times[side.who] += 1
    weight = [float((1 / times[side.who]).sum()) for side in sides]
    low, high = 0.0, 1.0
    for _ in range(HALVES):
        level = (low + high) / 2
        filled = sum(w * min(level, side.most / len(side.who)) for w, side in zip(weight, sides, strict=True))
        low, high = (level, high) if filled <= matched else (low, level)
    return [min(round(low * len(side.who)), side.most) for side in sides]


def gap_ppm(sides: list[Side], mates: Ints) -> int:
    """How far the worst served group is behind the best served, in millionths; who has all they can is not behind."""
    matched = [int((mates[side.who] >= 0).sum()) for side in sides]
    share = [count * MILLION // len(side.who) for side, count in zip(sides, matched, strict=True)]
    behind = [one for one, side, count in zip(share, sides, matched, strict=True) if count < side.most]
    return max(share) - min(behind, default=max(share))
