"""All allowed pairs of a cohort, however they are kept: looked at in passes, some mentees at a time.

A pass maps a function over blocks of mentees. The function is given the allowed pairs of its block, a few mentees at a
time, and returns what it found; nothing else of the pairs stays. `Problem` holds them as columns, `Streamed` scores
them anew in each pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from services.matching.engine.postings import Places
    from services.matching.engine.problem import Ints, Problem

T = TypeVar("T")


class Rows(NamedTuple):
    """The allowed pairs of some mentees, in order. Whoever looks at it keeps copies: it is written over."""

    who: Ints
    """Indexes of the mentees."""
    start: Ints
    """[mentees + 1] where the pairs of each begin."""
    mentor: Places
    score: Ints

    def owner(self) -> NDArray[np.intp]:
        """[pairs] the place of the mentee in `who`."""
        return np.repeat(np.arange(len(self.who)), np.diff(self.start))

    def most(self, values: Ints, least: int) -> Ints:
        """[mentees] the highest of the values of each one's pairs, and `least` at least."""
        most = np.full(len(self.who), least, np.int64)
        some = np.flatnonzero(np.diff(self.start))
        if len(some):
            most[some] = np.maximum(np.maximum.reduceat(values, self.start[some]), least)
        return most

    def taken(self, places: Ints) -> Chosen:
        """The pairs at these places, -1 for none, in any order."""
        wanted = np.sort(places[places >= 0])
        owner = np.searchsorted(self.start, wanted, "right") - 1
        return Chosen(self.who[owner], self.mentor[wanted].astype(np.int64), self.score[wanted])


class Chosen(NamedTuple):
    """Some pairs as columns, by mentee, then mentor; each once."""

    mentee: Ints
    mentor: Ints
    score: Ints


NO_PAIRS = Chosen(*(np.zeros(0, np.int64) for _ in Chosen._fields))


def joined(some: Sequence[Chosen]) -> Chosen:
    """All of them, in order; a pair that is in several is there once."""
    mentee, mentor, score = (np.concatenate(column) for column in zip(NO_PAIRS, *some, strict=True))
    _, first = np.unique(mentee * (mentor.max(initial=0) + 1) + mentor, return_index=True)
    return Chosen(mentee[first], mentor[first], score[first])


class Pairs(Protocol):
    """Who is matched, and passes over what is allowed."""

    @property
    def mentees(self) -> tuple[str, ...]:
        """Ids, in order."""

    @property
    def mentors(self) -> tuple[str, ...]:
        """Ids, in order."""

    @property
    def seats(self) -> Ints:
        """[mentors] free seats, 0 or more."""

    @property
    def allowed(self) -> int:
        """How many pairs are allowed."""

    @property
    def counts(self) -> Ints:
        """[mentees] how many mentors are allowed."""

    @property
    def highest(self) -> int:
        """The highest score; 0 without pairs."""

    @property
    def coverage_bonus(self) -> int:
        """What one more matched mentee counts: more than the scores of any whole matching."""

    def passed(self, look: Callable[..., T], *told: object) -> Iterator[T]:
        """What `look(rows of a block, *told)` finds in each block of mentees, in order. `look` stands in a module."""

    def promising(self) -> Chosen:
        """Each mentee's best mentors and each mentor's best mentees (`candidates`)."""

    def only(self, who: Ints) -> Problem:
        """The pairs of these mentees alone, as columns; everybody else is there without any."""

    def with_bonus(self, bonus: Ints) -> Pairs:
        """The same with so much more for each pair of each mentee."""

    def rows(self) -> Iterable[tuple[str, str, int]]:
        """The allowed pairs with their scores, in order."""
