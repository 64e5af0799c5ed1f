"""Mentors with free seats, kept up person by person; and from them the shortlists of some mentees at a time.

Nothing here is guessed: every mentor of the program is asked every rule and scored for every list, in compiled code
where that pays (`survey.MANY`). A list is what `shortlist.shortlist` gives, for each mentee alone.
"""

from __future__ import annotations

import heapq
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from services.matching.engine.frame import frame_of
from services.matching.engine.reasons import reasons
from services.matching.engine.reporting import Reporting
from services.matching.engine.score import score
from services.matching.engine.shortlist import Candidate, lot
from services.matching.engine.survey import MANY, looked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from contracts.matching import Policy
    from services.matching.engine.frame import Frame, Pair
    from services.matching.engine.people import Person
    from services.matching.engine.problem import Ints
    from services.matching.engine.survey import Looked


class Live:
    """The mentors of one program as they are now, and what a seat of each is worth to others."""

    def __init__(self, policy: Policy, *, managers: Mapping[str, str | None]) -> None:
        self._managers = dict(managers)
        self._frame = frame_of(policy, (), managers=self._managers)
        self._mentors: dict[str, Person] = {}
        self._prices: dict[str, int] = {}

    def __len__(self) -> int:
        """How many mentors have a free seat."""
        return len(self._mentors)

    def put(self, mentor: Person) -> None:
        """A mentor with a free seat, new or as they are now."""
        self._mentors[mentor.id] = mentor

    def remove(self, person_id: str) -> None:
        """Somebody is no mentor here, or has no free seat; whoever was none stays none."""
        self._mentors.pop(person_id, None)

    def prices(self, prices: Mapping[str, int]) -> None:
        """What a seat of each mentor is worth, in points; whoever is absent costs nothing."""
        self._prices = dict(prices)

    def reports_to(self, person_id: str, manager_id: str | None) -> bool:
        """Takes up whose manager somebody is; tells whether that was another one before."""
        if self._managers.get(person_id) == manager_id:
            return False
        self._managers[person_id] = manager_id
        self._frame = replace(self._frame, reporting=Reporting(self._managers))
        return True

    def shortlists(
        self,
        mentees: Sequence[Person],
        limit: int,
        *,
        tried: Collection[Pair] = (),
        forbidden: Collection[Pair] = (),
        refused: Collection[Pair] = (),
        preferences: Mapping[Pair, float] | None = None,
    ) -> dict[str, list[Candidate]]:
        """For each mentee at most `limit` mentors, best first by points minus price; equal ones by a hash of the ids.

        What is `tried`, `forbidden` and so on is what is known of these mentees' pairs.
        """
        frame = replace(
            self._frame,
            tried=frozenset(tried),
            forbidden=frozenset(forbidden),
            refused=frozenset(refused),
            preferences=dict(preferences or {}),
        )
        mentors = [self._mentors[mentor] for mentor in sorted(self._mentors)]
        prices = np.array([self._prices.get(mentor.id, 0) for mentor in mentors], np.int64)
        look = _looking(mentees, mentors, frame)
        return {
            mentee.id: [
                _candidate(mentee, mentors[index], frame)
                for index in _best(mentee, mentors, *look(at)[:2], prices, limit)
            ]
            for at, mentee in enumerate(mentees)
        }


def _looking(mentees: Sequence[Person], mentors: Sequence[Person], frame: Frame) -> Callable[[int], Looked]:
    if len(mentees) * len(mentors) < MANY:
        return partial(looked, mentees, mentors, frame)
    from services.matching.engine.sweeping import swept  # noqa: PLC0415 - who keeps few lists loads no compiler

    return swept(mentees, mentors, frame)


def _best(
    mentee: Person, mentors: Sequence[Person], allowed: Ints, points: Ints, prices: Ints, limit: int
) -> list[int]:
    """The indexes of the mentors on the list; the hash is only asked about those that may be on it."""
    worth = points - prices[allowed]
    if len(worth) > limit:
        among = np.flatnonzero(worth >= np.partition(worth, -limit)[-limit])
        allowed, worth = allowed[among], worth[among]
    both = zip(worth.tolist(), allowed.tolist(), strict=True)
    best = heapq.nsmallest(limit, both, key=lambda one: (-one[0], lot(mentee, mentors[one[1]])))
    return [index for _, index in best]


def _candidate(mentee: Person, mentor: Person, frame: Frame) -> Candidate:
    pair = score(mentee, mentor, frame)
    return Candidate(mentor.id, pair, reasons(pair, mentee, mentor, frame))
