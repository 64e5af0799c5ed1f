"""The compiled sweep in the place of the readable rules and scores: the same question, the same answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from services.matching.engine.between import NONE, RULES
from services.matching.engine.columns import columns, vectors
from services.matching.engine.hours import begins
from services.matching.engine.pairs import Rows
from services.matching.engine.rules import broken_rule
from services.matching.engine.survey import Looked
from services.matching.engine.sweep import broken, sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from services.matching.engine.columns import Columns
    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person
    from services.matching.engine.postings import Places
    from services.matching.engine.problem import Ints
    from services.matching.engine.rules import Rule

AT_ONCE = 2_000_000
"""Pairs that are swept together: some ten megabytes, and enough for the product of their goals to be fast."""


@dataclass(frozen=True)
class Sweep:
    """Compiled people: what a pass needs to look at the pairs of some mentees. It travels between processes."""

    columns: Columns
    place: Places
    """Of each mentor of the columns, their index."""
    mine: NDArray[np.float32]
    """[mentees, numbers] what their goals mean."""
    theirs: NDArray[np.float32]
    """[numbers, mentors of the columns]"""

    def tiles(self, who: Ints) -> Iterator[Rows]:
        """The allowed pairs of these mentees, some mentees at a time."""
        size = max(1, AT_ONCE // max(len(self.place), 1))
        room = min(size, len(who)) * len(self.place) + 1  # the sweep writes one pair ahead
        mentor, score = np.empty(room, np.int32), np.empty(room, np.int64)
        for first in range(0, len(who), size):
            some, start = who[first : first + size], np.empty(len(who[first : first + size]) + 1, np.int64)
            found = sweep(self.columns, self.place, some, self._alike(some), start, mentor, score)
            yield Rows(some, start, mentor[:found], score[:found])

    def _alike(self, who: Ints) -> NDArray[np.float32]:
        """[who, mentors of the columns] the product of what their goals mean; without numbers if nobody's is known."""
        return self.mine[who] @ self.theirs if len(self.theirs) else np.zeros((len(who), 0), np.float32)

    def without_floor(self) -> Sweep:
        """The same where the policy has no floor."""
        limits = np.append(self.columns.limits[:-1], 0)
        return Sweep(self.columns._replace(limits=limits), self.place, self.mine, self.theirs)


def sweep_of(mentees: Sequence[Person], mentors: Sequence[Person], frame: Frame) -> Sweep:
    """Compiles the people; mentors who work at the same time come to stand together."""
    when = [(begins(mentor.hours, frame.week_of), mentor.hours) for mentor in mentors]
    place = np.array(sorted(range(len(mentors)), key=when.__getitem__), np.int32)
    together = [mentors[at] for at in place.tolist()]
    theirs = np.ascontiguousarray(vectors(together, frame.meaning).T)
    return Sweep(columns(mentees, together, frame), place, vectors(mentees, frame.meaning), theirs)


def swept(mentees: Sequence[Person], mentors: Sequence[Person], frame: Frame) -> Callable[[int], Looked]:
    """Compiles the people; gives what looks around for the mentee of an index."""
    return looking(sweep_of(mentees, mentors, frame), mentees, mentors, frame)


def looking(
    compiled: Sweep, mentees: Sequence[Person], mentors: Sequence[Person], frame: Frame
) -> Callable[[int], Looked]:
    """What looks around for the mentee of an index, among people who are compiled already."""
    floorless, known = compiled.without_floor(), compiled.columns

    def look(at: int) -> Looked:
        allowed, scores = _alone(compiled, at)
        if len(allowed):
            return Looked(allowed, scores)
        highest = int(_alone(floorless, at)[1].max(initial=NONE)) if frame.least_score else NONE
        return Looked(allowed, scores, why(at), None if highest == NONE else highest)

    def why(at: int) -> Counter[Rule]:
        if not known.mentees.takes_part[at] or not known.mentors.takes_part.all():
            return Counter(rule for mentor in mentors if (rule := broken_rule(mentees[at], mentor, frame)))
        counts = broken(known, at).tolist()
        return Counter({rule: count for rule, count in zip(RULES, counts, strict=True) if count})

    return look


def _alone(compiled: Sweep, mentee: int) -> tuple[Ints, Ints]:
    """The mentors that this mentee is allowed, and their scores."""
    (found,) = compiled.tiles(np.array([mentee], np.int64))
    return found.mentor.astype(np.int64), found.score.copy()
