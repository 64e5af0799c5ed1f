"""The numbers of one assignment: who needs a mentor, where seats are free, what each allowed pair is worth."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chassis.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


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
        most_pairs = min(len(self.mentees), int(self.seats.sum()))
        return most_pairs * int(self.score.max(initial=0)) + 1

    def inputs_sha256(self, *, scale: int, policy_version: int, min_score: int = 0) -> str:
        """Digest of what is matched: header, mentees, mentors with seats as UTF-8 lines; then each pair as numbers."""
        floor = f"\tmin_score {min_score}" if min_score else ""
        digest = sha256(f"scale {scale}\tpolicy_version {policy_version}{floor}\n".encode())
        digest.update("".join(f"{mentee}\n" for mentee in self.mentees).encode())
        seats = zip(self.mentors, self.seats.tolist(), strict=True)
        digest.update("".join(f"{mentor}\t{free}\n" for mentor, free in seats).encode())
        for start in range(0, len(self.score), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            columns = np.stack((self.mentee[some], self.mentor[some], self.score[some]), axis=1)
            digest.update(columns.astype("<i8").tobytes())
        return digest.hexdigest()

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
    if (problem.coverage_bonus + 1) * 4 * (len(mentees) + len(mentors) + 2) >= LARGEST:
        raise Invalid("the scores are too large, or have too many decimals, to be added up exactly")
    return problem
