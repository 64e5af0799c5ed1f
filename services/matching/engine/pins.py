"""Pairs that a coordinator decided beforehand: which of them can be kept, and why the others cannot.

A pair that is kept is no part of the assignment: its mentee looks for nobody and its seat is not free. What remains is
matched and proven as any cohort is.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from services.matching.engine.rules import SENTENCES, Rule, broken_rule

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from services.matching.engine.frame import Frame, Pair
    from services.matching.engine.people import Person


def collisions(
    pinned: Collection[Pair], people: Mapping[str, Person], seats: Mapping[str, int], frame: Frame
) -> dict[Pair, str]:
    """Why a pinned pair cannot be kept, in a sentence, for each that cannot; in the order of the pairs.

    With more pins than free seats none of that mentor's is kept: which of them should is not for us to say.
    """
    wanted: dict[str, list[str]] = defaultdict(list)
    for mentee, mentor in sorted(pinned):
        wanted[mentor].append(mentee)
    return {
        (mentee, mentor): why
        for mentee, mentor in sorted(pinned)
        if (why := _collision(mentee, mentor, people, frame) or _too_many(mentor, wanted[mentor], seats))
    }


def _collision(mentee: str, mentor: str, people: Mapping[str, Person], frame: Frame) -> str | None:
    for person in (mentee, mentor):
        if person not in people:
            return f"{person} has left or takes part in nothing."
    broken = broken_rule(people[mentee], people[mentor], frame)
    return SENTENCES[broken] if broken else None


def _too_many(mentor: str, mentees: list[str], seats: Mapping[str, int]) -> str | None:
    free = seats.get(mentor, 0)
    if len(mentees) <= free:
        return None
    if not free:
        return SENTENCES[Rule.NO_SEAT]
    noun = "seat is" if free == 1 else "seats are"
    return f"Only {free} {noun} free for {', '.join(mentees)}."
