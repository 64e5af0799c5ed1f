"""Steering on request: groups that people opted into get a mentor equally often, for as little score as possible.

Each group gets a bonus on the scores of its mentees, and the cohort is solved again: the best matching under such
bonuses is the one that loses least among all that serve each group as often (Lagrangian duality; Everett, Operations
Research 11, 1963). The bonuses are read off the prices. At given prices a mentee is matched if what they gain by their
best mentor is above a line that is the same for all; a group's bonus lifts so many of its mentees above it as are its
share of those who can be matched. The prices move little, so a few solves are enough.

The proof stays that of the best matching without any bonus: its distance from the steered one is the price of
fairness, and `verify` states it as it states any gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from services.matching.engine.certificate import MILLION
from services.matching.engine.shares import Side, gap_ppm, quotas, sides_of
from services.matching.engine.solve import Solved, solve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.matching.engine.groups import Groups
    from services.matching.engine.pairs import Pairs, Rows
    from services.matching.engine.problem import Ints

CLOSE_PPM = 5_000
"""Half a percentage point between the coverage of two groups is close enough."""
MOST_SOLVES, HALVINGS = 12, 6
"""How often bonuses are looked for; and how often they are halved or raised again where they cost too much."""
STEPS = 50
NOBODY = -(2**62)


@dataclass(frozen=True)
class Fairness:
    """What steering reached, and what it cost."""

    gap_before_ppm: int
    """Between the coverage of the best served group and of the worst that could have more, in millionths."""
    gap_after_ppm: int
    price_ppm: int
    """What the total score lost, in millionths of the best possible, rounded up."""
    most_loss_ppm: int
    solves: int


class Tried(NamedTuple):
    """The best matching under some bonuses."""

    gap_ppm: int
    price_ppm: int
    mates: Ints
    bonus: Ints
    """[mentees]"""


def steer(pairs: Pairs, best: Solved, groups: Groups, most_loss_ppm: int) -> tuple[Ints, Fairness | None]:
    """The mates of a matching of as many mentees in which groups are served more equally, for `most_loss_ppm` at most.

    `best`: the best matching without any bonus. Gaps of CLOSE_PPM are left as they are. Where the loss allows less, or
    seats cannot be shared otherwise, the gap is as small as was found. None: there is nothing to steer.
    """
    found = list(sides_of(pairs, groups))
    if len(found) < 2:  # noqa: PLR2004 - one group alone is not behind anybody
        return best.mates, None
    search = _Search(pairs, best, found, most_loss_ppm)
    search.look_for_bonuses()
    search.spend_no_more_than_allowed()
    chosen = search.chosen
    told = Fairness(search.tried[0].gap_ppm, chosen.gap_ppm, chosen.price_ppm, most_loss_ppm, len(search.tried) - 1)
    return chosen.mates, told


class _Search:
    """Solves again and again; remembers what came of it, the matching without bonuses first."""

    def __init__(self, pairs: Pairs, best: Solved, sides: list[Side], most_loss_ppm: int) -> None:
        self.pairs, self.sides, self.most_loss_ppm = pairs, sides, most_loss_ppm
        self._prices = best.dual.prices
        self._step: Ints | None = None
        self._score = _total(pairs, best)
        self._quotas = quotas(sides, int((best.mates >= 0).sum()), len(pairs.mentees))
        self.tried = [Tried(gap_ppm(sides, best.mates), 0, best.mates, np.zeros(len(pairs.mentees), np.int64))]

    @property
    def chosen(self) -> Tried:
        """The smallest gap that is not too dear; of equals the cheapest."""
        affordable = [one for one in self.tried if one.price_ppm <= self.most_loss_ppm]
        return min(affordable, key=lambda one: (max(one.gap_ppm, CLOSE_PPM), one.price_ppm))

    def look_for_bonuses(self) -> None:
        for _ in range(MOST_SOLVES):
            if self.tried[-1].gap_ppm <= CLOSE_PPM:
                return
            asked = _bonuses(self._gains(), self.sides, self._quotas)
            bonus = self._further(asked - asked.min())
            self._try(np.clip(bonus - bonus.min(), 0, self.pairs.highest))

    def _further(self, asked: Ints) -> Ints:
        """Prices rise with the bonuses, so what is asked for falls short: goes on along the last two steps.

        Anderson, Journal of the ACM 12, 1965, with a memory of one.
        """
        step, before = asked - self.tried[-1].bonus, self._step
        self._step = step
        if before is None or not (change := (step - before).astype(np.float64)).any():
            return asked
        moved = (self.tried[-1].bonus - self.tried[-2].bonus).astype(np.float64)
        along = float(step @ change) / float(change @ change)
        return np.rint(asked - along * (moved + change)).astype(np.int64)

    def spend_no_more_than_allowed(self) -> None:
        """With smaller bonuses the score only rises: the largest share that is not too dear is found by halves."""
        whole = min(self.tried, key=lambda one: (max(one.gap_ppm, CLOSE_PPM), one.price_ppm))
        least, most = 0, 2**HALVINGS
        while whole.price_ppm > self.most_loss_ppm and most - least > 1:
            share = (least + most) // 2
            self._try(whole.bonus * share // 2**HALVINGS)
            least, most = (share, most) if self.tried[-1].price_ppm <= self.most_loss_ppm else (least, share)

    def _try(self, bonus: Ints) -> None:
        raised = self.pairs.with_bonus(bonus)
        found = solve(raised)
        mates, self._prices = found.mates, found.dual.prices
        lost = self._score - _total(raised, found) + int(bonus[mates >= 0].sum())
        self.tried.append(Tried(gap_ppm(self.sides, mates), -(-lost * MILLION // max(self._score, 1)), mates, bonus))

    def _gains(self) -> Ints:
        """[mentees] what each gains by their best mentor."""
        return np.concatenate(list(self.pairs.passed(gains_in_block, self._prices)))


def gains_in_block(block: Iterator[Rows], prices: Ints) -> Ints:
    """What each mentee of a block gains by their best mentor at these prices, without any bonus; NOBODY for none."""
    return np.concatenate([rows.most(rows.score - prices[rows.mentor], NOBODY) for rows in block])


def _total(pairs: Pairs, found: Solved) -> int:
    """The score of a matching that reaches its bound."""
    return found.dual.bound(pairs) - pairs.coverage_bonus * int((found.mates >= 0).sum())


def _bonuses(gains: Ints, sides: list[Side], quotas: list[int]) -> Ints:
    """[mentees] bonuses that lift a quota of each group to 0; who is in several groups has the sum of theirs."""
    bonus, of_side = np.zeros(len(gains), np.int64), np.zeros(len(sides), np.int64)
    for _ in range(STEPS):
        before = of_side.copy()
        for at, (side, quota) in enumerate(zip(sides, quotas, strict=True)):
            if quota:
                line = _line(gains[side.who] + bonus[side.who] - of_side[at], quota)
                bonus[side.who] += line - of_side[at]
                of_side[at] = line
        if (of_side == before).all():
            break
    return bonus


def _line(gains: Ints, quota: int) -> int:
    """What lifts as many as `quota` above 0: halfway between the last of them and the next, who stays below."""
    best = -np.sort(-gains)
    last = int(best[quota - 1])
    following = int(best[quota]) if quota < len(best) and best[quota] > NOBODY else last - 2
    return -((last + following) // 2)
