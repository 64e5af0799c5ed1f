"""The numbers of one assignment: who needs a mentor, where seats are free, what each allowed pair is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from chassis.errors import Invalid
from services.matching.engine.pairs import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from services.matching.engine.pairs import Chosen

T = TypeVar("T")

Ints = NDArray[np.int64]

AT_ONCE = 1_000_000
LARGEST = 2**62
"""Sums of values stay below this, so that no 64-bit number overflows."""


@dataclass(frozen=True)
class Problem:
    """Ids in order, and the allowed pairs as columns, sorted by mentee, then mentor. Make it with `pose`."""

    mentees: tuple[str, ...]
    mentors: tuple[str, ...]
    seats: Ints
    """[mentors] free seats, 0 or more."""
    mentee: Ints
    """[pairs] index of the mentee."""
    mentor: Ints
    """[pairs] index of the mentor."""
    score: Ints
    """[pairs] what the pair is worth, 0 or more."""

    @property
    def coverage_bonus(self) -> int:
        """What one more matched mentee counts: more than the scores of any whole matching."""
        return bonus_of(len(self.mentees), self.seats, self.highest)

    @property
    def allowed(self) -> int:
        """How many pairs are allowed."""
        return len(self.score)

    @property
    def counts(self) -> Ints:
        """[mentees] how many mentors are allowed."""
        return np.bincount(self.mentee, minlength=len(self.mentees))

    @property
    def highest(self) -> int:
        """The highest score; 0 without pairs."""
        return int(self.score.max(initial=0))

    def passed(self, look: Callable[..., T], *told: object) -> Iterator[T]:
        """What `look(rows of a block, *told)` finds in each block of mentees, in order."""
        start = np.searchsorted(self.mentee, np.arange(len(self.mentees) + 1))
        ends = np.unique(np.searchsorted(start, np.arange(AT_ONCE, start[-1] + AT_ONCE, AT_ONCE), "right") - 1)
        first = 0
        for last in [*ends[ends > 0].tolist(), len(self.mentees)]:
            if last > first:
                mine = slice(start[first], start[last])
                who, begin = np.arange(first, last), start[first : last + 1] - start[first]
                yield look(iter([Rows(who, begin, self.mentor[mine].astype(np.int32), self.score[mine])]), *told)
            first = last

    def promising(self) -> Chosen:
        """Each mentee's best mentors and each mentor's best mentees."""
        from services.matching.engine.candidates import begin  # noqa: PLC0415 - compiled, and for many pairs only

        return begin(self).chosen

    def only(self, who: Ints) -> Problem:
        """The pairs of these mentees alone; everybody else is there without any."""
        mine = np.isin(self.mentee, who)
        return replace(self, mentee=self.mentee[mine], mentor=self.mentor[mine], score=self.score[mine])

    def with_bonus(self, bonus: Ints) -> Problem:
        """The same with so much more for each pair of each mentee."""
        return replace(self, score=self.score + bonus[self.mentee])

    def scores_of(self, mates: Ints) -> Ints:
        """[mentees] the score of each one's pair, -1 for none."""
        own = np.full(len(self.mentees), -1, np.int64)
        chosen = np.flatnonzero(mates[self.mentee] == self.mentor)
        own[self.mentee[chosen]] = self.score[chosen]
        return own

    def rows(self) -> Iterable[tuple[str, str, int]]:
        """The allowed pairs with their scores, in order."""
        columns = zip(self.mentee.tolist(), self.mentor.tolist(), self.score.tolist(), strict=True)
        return ((self.mentees[one], self.mentors[other], score) for one, other, score in columns)


def pose(mentees: Iterable[str], seats: Mapping[str, int], pairs: Iterable[tuple[str, str, int]]) -> Problem:
    """The problem of these people; the order in which they come does not matter.

    `pairs` holds mentee, mentor, score ≥ 0; each pair once, each id known. Raises Invalid if numbers are too
    large to be added up.
    """
    mentee_ids, mentor_ids = sorted(set(mentees)), sorted(seats)
    mentee_at = {person: at for at, person in enumerate(mentee_ids)}
    mentor_at = {person: at for at, person in enumerate(mentor_ids)}
    numbers = sorted((mentee_at[mentee], mentor_at[mentor], score) for mentee, mentor, score in pairs)
    columns = np.array(numbers, np.int64).reshape(-1, 3).T
    return posed(mentee_ids, mentor_ids, [seats[mentor] for mentor in mentor_ids], *columns)


def posed(
    mentees: Sequence[str], mentors: Sequence[str], seats: Sequence[int], mentee: Ints, mentor: Ints, score: Ints
) -> Problem:
    """The problem of ids and columns that are already in order. Raises Invalid like `pose`."""
    columns = (np.asarray(column, np.int64) for column in (seats, mentee, mentor, score))
    problem = Problem(tuple(mentees), tuple(mentors), *columns)
    must_add_up(problem.coverage_bonus, len(mentees) + len(mentors))
    return problem


def bonus_of(mentees: int, seats: Ints, highest: int) -> int:
    """The coverage bonus of so many mentees, these seats, and this highest score."""
    return min(mentees, int(seats.sum())) * highest + 1


def must_add_up(bonus: int, people: int) -> None:
    """Raises Invalid if sums of such numbers could overflow."""
    if (bonus + 1) * 4 * (people + 2) >= LARGEST:
        raise Invalid("the scores are too large, or have too many decimals, to be added up exactly")
