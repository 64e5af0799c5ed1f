"""Mentors with free seats, kept up person by person; and from them the shortlists of some mentees.

Nothing is guessed: for every list every mentor of the program is asked every rule and scored. With few mentors as it is
written (`shortlist`), with many in compiled code (`roster`, `question`, `scan`): the same lists, for each mentee alone.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from services.matching.engine.frame import frame_of
from services.matching.engine.question import question
from services.matching.engine.reasons import reasons
from services.matching.engine.roster import Roster
from services.matching.engine.rules import in_program
from services.matching.engine.score import score
from services.matching.engine.shortlist import Candidate, lot, shortlist

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from contracts.matching import Policy
    from services.matching.engine.frame import Frame, Pair
    from services.matching.engine.people import Person

FEW = 250
"""Mentors; lists of fewer are found sooner than what was compiled is loaded."""
LOOKS = 20
"""Lists that are found at the start, and are nobody's."""
PATTERNS = 250
"""Of working hours: so many are compared with each other at the start, and not when a list waits for it."""


class Live:
    """The mentors of one program as they are now, and what a seat of each is worth to others."""

    def __init__(self, policy: Policy, *, managers: Mapping[str, str | None]) -> None:
        self._frame = frame_of(policy, (), managers=managers)
        self._mentors: dict[str, Person] = {}
        self._prices: dict[str, int] = {}
        self._roster: Roster | None = None
        """None until there are many mentors; from then on it is kept up."""

    def __len__(self) -> int:
        """How many mentors have a free seat."""
        return len(self._mentors)

    def put_all(self, mentors: Iterable[Person]) -> None:
        """The same as to put each of them; with many, the first list afterwards is found as fast as any other."""
        for mentor in mentors:
            self.put(mentor)
        if len(self) >= FEW:
            self._begin(self._have_roster())

    def put(self, mentor: Person) -> None:
        """A mentor with a free seat, new or as they are now. Whoever is none in this program is not taken up."""
        if "mentor" not in mentor.roles or not in_program(mentor, self._frame):
            self.remove(mentor.id)
            return
        self._mentors[mentor.id] = mentor
        if self._roster:
            self._roster.put(mentor, self._prices.get(mentor.id, 0))

    def remove(self, person_id: str) -> None:
        """Somebody is no mentor here, or has no free seat; whoever was none stays none."""
        self._mentors.pop(person_id, None)
        if self._roster:
            self._roster.remove(person_id)

    def prices(self, prices: Mapping[str, int]) -> None:
        """What a seat of each mentor is worth, in points; whoever is absent costs nothing."""
        self._prices = dict(prices)
        if self._roster:
            self._roster.price(self._prices)

    def reports_to(self, person_id: str, manager_id: str | None) -> bool:
        """Takes up whose manager somebody is; tells whether that was another one before."""
        if not self._frame.reporting.change(person_id, manager_id):
            return False
        if self._roster:
            self._roster.lines.put(person_id, manager_id)
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
        look = self._compiled(frame, limit) if self._roster or len(self) >= FEW else self._written(frame, limit)
        return {mentee.id: look(mentee) for mentee in mentees}

    def _written(self, frame: Frame, limit: int) -> Callable[[Person], list[Candidate]]:
        mentors, seats = self._mentors.values(), dict.fromkeys(self._mentors, 1)
        return lambda mentee: shortlist(mentee, mentors, frame, seats, prices=self._prices, limit=limit)

    def _compiled(self, frame: Frame, limit: int) -> Callable[[Person], list[Candidate]]:
        roster, forbidden = self._have_roster(), defaultdict[str, list[str]](list)
        for mentee_id, mentor_id in frame.tried | frame.forbidden | frame.refused:
            forbidden[mentee_id].append(mentor_id)

        def look(mentee: Person) -> list[Candidate]:
            takes_part = "mentee" in mentee.roles and in_program(mentee, frame)
            best = _best(mentee, roster, frame, forbidden.get(mentee.id, ()), limit) if takes_part else []
            return [_candidate(mentee, mentor, frame) for mentor in best]

        return look

    def _have_roster(self) -> Roster:
        if self._roster is None:
            self._roster = Roster(self._frame)
            for mentor in self._mentors.values():
                self._roster.put(mentor, self._prices.get(mentor.id, 0))
        return self._roster

    def _begin(self, roster: Roster) -> None:
        """Finds some lists, for what is loaded by that; compares all working hours, if that is soon done."""
        mentees = [replace(one, roles=frozenset({"mentee"})) for one in islice(self._mentors.values(), LOOKS)]
        self.shortlists(mentees, LOOKS)
        for hours in [*roster.hours.codes] if len(roster.hours.codes) <= PATTERNS else ():
            roster.hours.row(hours)


def _best(mentee: Person, roster: Roster, frame: Frame, forbidden: Iterable[str], limit: int) -> list[Person]:
    """The mentors on the list; the hash is only asked about those that may be on it."""
    from services.matching.engine.scan import scan  # noqa: PLC0415 - who keeps few lists loads no compiler

    asked = question(mentee, roster, frame, forbidden)
    slots, worth = scan(roster.mentors, asked, limit)
    good = [(-points, roster.people[slot]) for slot, points in zip(slots.tolist(), worth.tolist(), strict=True)]
    best = heapq.nsmallest(limit, good, key=lambda one: (one[0], lot(mentee, one[1])))
    return [mentor for _, mentor in best]


def _candidate(mentee: Person, mentor: Person, frame: Frame) -> Candidate:
    pair = score(mentee, mentor, frame)
    return Candidate(mentor.id, pair, reasons(pair, mentee, mentor, frame))
