"""Mentors with free seats as columns of numbers, kept up person by person; compiled code reads them (`scan.py`).

Everybody has a slot; whoever leaves gives it to the next who comes. An empty slot is somebody without a language, so
every mentee is forbidden them by that rule.
"""

from __future__ import annotations

from collections import defaultdict
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from services.matching.engine.frame import PARTS
from services.matching.engine.growing import NOTHING, Forms, Listed, Lists, Numbers, Table, grown
from services.matching.engine.hours import shared_minutes
from services.matching.engine.lines import Lines
from services.matching.engine.postings import Codes
from services.matching.engine.terms import ENOUGH_MINUTES, ONE, best_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from services.matching.engine.frame import Frame
    from services.matching.engine.hours import Hours
    from services.matching.engine.people import Person
    from services.matching.engine.problem import Ints

NONE = -1
SILENT: tuple[str, ...] = ()
"""The languages of an empty slot."""
BITS = 63


class Slots(NamedTuple):
    """[slots] one number about each mentor."""

    hours: Numbers
    tongues: Numbers
    team: Numbers
    """NONE if unknown."""
    level: Numbers
    """0 if unknown."""
    person: Numbers
    """In `Lines`."""
    words: Numbers
    aims: Numbers
    """How many stems."""
    taught: Ints
    """Bit `skill % BITS` is set for each skill they teach: who shares no bit with the wishes serves none of them."""
    price: Ints


class Mentors(NamedTuple):
    """All that compiled code reads of the mentors."""

    slots: Slots
    teaches: Listed
    """Skills by level and evidence."""
    style: Listed
    """Questions by answer."""
    words: Listed
    aims: Listed
    """Stems."""
    above: Numbers
    """Person → manager."""


class Roster:
    """The mentors, and the codes in which their things are kept. A code is never forgotten."""

    def __init__(self, frame: Frame) -> None:
        self.people: dict[int, Person] = {}
        """By slot."""
        self.size = 0
        """Slots, the empty ones among them."""
        self.place: dict[str, int] = {}
        """Mentor → slot."""
        self.avoiding: defaultdict[str, set[str]] = defaultdict(set)
        """Somebody → mentors who avoid them."""
        self.lines = Lines(frame.reporting.managers)
        self.hours, self.tongues = Table(_hours(frame)), Table(_tongues(frame))
        self.tongues.codes[SILENT]  # the first code, so that a slot which nobody had yet is empty, too
        self.teams, self.skills, self.stems = Codes(), Codes(), Codes({"": NOTHING})
        self.offers, self.answers = Forms(), Forms()
        self._slots = Slots(*(np.zeros(0, kind) for kind in (*7 * [np.int32], *2 * [np.int64])))
        self._teaches, self._style, self._words, self._aims = Lists(), Lists(), Lists(), Lists()
        self._free: list[int] = []

    @property
    def mentors(self) -> Mentors:
        """What is known now; good until the next change."""
        teaches, style, words, aims = (each.listed for each in (self._teaches, self._style, self._words, self._aims))
        return Mentors(self._slots, teaches, style, words, aims, self.lines.above)

    def put(self, mentor: Person, price: int) -> None:
        """Somebody new, or as they are now."""
        slot = self._slot(mentor)
        self._slots.hours[slot] = self.hours.codes[mentor.hours]
        self._slots.tongues[slot] = self.tongues.codes[mentor.languages]
        self._slots.team[slot] = self.teams[mentor.team] if mentor.team else NONE
        self._slots.level[slot] = mentor.level or 0
        self._slots.person[slot] = self.lines.number(mentor.id)
        self._slots.words[slot], self._slots.aims[slot] = len(mentor.words), len(mentor.aims)
        self._slots.price[slot] = price
        self._slots.taught[slot] = bits(self.skills[skill] for skill in mentor.teaches)
        self._teaches.put(slot, [self.offers.code(*each) for each in mentor.teaches.items()])
        self._style.put(slot, [self.answers.code(*each) for each in mentor.style.items()])
        self._words.put(slot, [self.stems[stem] for stem in mentor.words])
        self._aims.put(slot, [self.stems[stem] for stem in mentor.aims])
        for other in mentor.avoid:
            self.avoiding[other].add(mentor.id)

    def remove(self, person_id: str) -> None:
        """Somebody is no mentor any more; whoever was none stays none."""
        slot = self.place.pop(person_id, None)
        if slot is not None:
            self._forget(slot)
            self._free.append(slot)

    def price(self, prices: Mapping[str, int]) -> None:
        """What a seat of each costs; nothing, if they are absent."""
        self._slots.price[:] = 0
        for mentor, price in prices.items():
            if mentor in self.place:
                self._slots.price[self.place[mentor]] = price

    def _slot(self, mentor: Person) -> int:
        """The slot where they are, or where they shall be."""
        slot = self.place.get(mentor.id)
        if slot is not None:
            self._forget(slot)
        elif self._free:
            slot = self._free.pop()
        else:
            slot, self.size = self.size, self.size + 1
            self._slots = Slots(*(grown(column, self.size) for column in self._slots))
        self.people[slot], self.place[mentor.id] = mentor, slot
        return slot

    def _forget(self, slot: int) -> None:
        person = self.people.pop(slot)
        for other in person.avoid:
            self.avoiding[other].discard(person.id)
            if not self.avoiding[other]:
                del self.avoiding[other]
        self._slots.tongues[slot] = self.tongues.codes[SILENT]


def bits(skills: Iterable[int]) -> int:
    """A bit for each, of BITS that several share."""
    return reduce(or_, (1 << skill % BITS for skill in skills), 0)


def _hours(frame: Frame) -> Callable[[Hours, Hours], int]:
    """What their hours are worth, times its weight; NONE if they overlap too little."""

    def worth(one: Hours, other: Hours) -> int:
        minutes = shared_minutes(one, other, frame.week_of)
        value = min(minutes, ENOUGH_MINUTES) * ONE // ENOUGH_MINUTES
        return NONE if minutes < frame.least_minutes else value * weight

    weight = frame.weights[PARTS.index("hours")]
    return worth


def _tongues(frame: Frame) -> Callable[[tuple[str, ...], tuple[str, ...]], int]:
    """What their best shared language is worth, times its weight; NONE without one."""

    def worth(one: tuple[str, ...], other: tuple[str, ...]) -> int:
        best = best_language(one, other)
        return best[1] * weight if best else NONE

    weight = frame.weights[PARTS.index("language")]
    return worth
