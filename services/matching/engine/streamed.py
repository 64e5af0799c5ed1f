"""The allowed pairs of a large cohort, scored anew in each pass and never kept: memory is that of the people alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from services.matching.engine.candidates import Begun, begin
from services.matching.engine.pairs import NO_PAIRS, Chosen, joined
from services.matching.engine.problem import Problem, bonus_of, must_add_up
from services.matching.engine.running import ALONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from services.matching.engine.pairs import Rows
    from services.matching.engine.problem import Ints
    from services.matching.engine.running import Runner
    from services.matching.engine.survey import Progress
    from services.matching.engine.sweeping import Sweep

T = TypeVar("T")
BLOCK, BLOCKS = 1_024, 32
"""Mentees of a block at least, and blocks of a large cohort: the more, the more evenly they are spread, and the more
often each mentor's best mentees have to be found from nothing and put together."""


@dataclass(frozen=True)
class Streamed:
    """A cohort that is looked at in passes. Make it with `streamed`."""

    mentees: tuple[str, ...]
    mentors: tuple[str, ...]
    seats: Ints
    sweep: Sweep
    bonus: Ints
    """[mentees] what each pair of theirs scores more than by the policy."""
    begun: Begun
    """What the first pass found."""
    runner: Runner
    block: int

    @property
    def counts(self) -> Ints:
        """[mentees] how many mentors are allowed."""
        return self.begun.counts

    @property
    def allowed(self) -> int:
        """How many pairs are allowed."""
        return int(self.counts.sum())

    @property
    def highest(self) -> int:
        """The highest score; 0 without pairs."""
        return self.begun.highest

    @property
    def coverage_bonus(self) -> int:
        """What one more matched mentee counts: more than the scores of any whole matching."""
        return bonus_of(len(self.mentees), self.seats, self.highest)

    def passed(self, look: Callable[..., T], *told: object) -> Iterator[T]:
        """What `look(rows of a block, *told)` finds in each block of mentees, in order."""
        return self.passed_of(np.arange(len(self.mentees)), look, *told)

    def passed_of(self, who: Ints, look: Callable[..., T], *told: object) -> Iterator[T]:
        """The same for some mentees alone."""
        blocks = (who[first : first + self.block] for first in range(0, len(who), self.block))
        return self.runner.map(look_at_block, (self.sweep, self.bonus, look, *told), blocks)

    def promising(self) -> Chosen:
        """Each mentee's best mentors and each mentor's best mentees."""
        return self.begun.chosen

    def only(self, who: Ints) -> Problem:
        """The pairs of these mentees alone, as columns; everybody else is there without any."""
        return Problem(self.mentees, self.mentors, self.seats, *joined(list(self.passed_of(who, taken_from_block))))

    def with_bonus(self, bonus: Ints) -> Streamed:
        """The same with so much more for each pair of each mentee."""
        raised = replace(self, bonus=self.bonus + bonus)
        return replace(raised, begun=begin(raised))

    def rows(self) -> Iterable[tuple[str, str, int]]:
        """The allowed pairs with their scores, in order."""
        for mentee, mentor, score in self.passed(taken_from_block):
            columns = zip(mentee.tolist(), mentor.tolist(), score.tolist(), strict=True)
            yield from ((self.mentees[one], self.mentors[other], points) for one, other, points in columns)


def streamed(
    mentees: Sequence[str],
    mentors: Sequence[str],
    seats: Sequence[int],
    sweep: Sweep,
    *,
    runner: Runner = ALONE,
    progress: Progress | None = None,
) -> Streamed:
    """The cohort after its first pass. Raises Invalid if sums would not fit."""
    nothing, ids = np.zeros(len(mentees), np.int64), (tuple(mentees), tuple(mentors))
    pairs = Streamed(
        *ids,
        np.array(seats, np.int64),
        sweep,
        nothing,
        Begun(NO_PAIRS, nothing, 0),
        runner,
        max(BLOCK, len(mentees) // BLOCKS),
    )
    pairs = replace(pairs, begun=begin(pairs, progress))
    must_add_up(pairs.coverage_bonus, len(mentees) + len(mentors))
    return pairs


def look_at_block(sweep: Sweep, bonus: Ints, look: Callable[..., T], *told_and_who: Any) -> T:
    """What `look` finds in the allowed pairs of a block."""
    *told, who = told_and_who
    return look(_raised(sweep, bonus, who), *told)


def _raised(sweep: Sweep, bonus: Ints, who: Ints) -> Iterator[Rows]:
    for rows in sweep.tiles(who):
        more = bonus[rows.who]
        yield rows._replace(score=rows.score + more[rows.owner()]) if more.any() else rows


def taken_from_block(block: Iterator[Rows]) -> Chosen:
    """All pairs of a block."""
    return joined([Chosen(rows.who[rows.owner()], rows.mentor.astype(np.int64), rows.score.copy()) for rows in block])
