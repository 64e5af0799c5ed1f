"""One mentee's question: which mentors would suit, and why not that one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from contracts.matching import Reason
    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person
    from services.matching.engine.rules import Rule
    from services.matching.engine.score import Score


@dataclass(frozen=True)
class Candidate:
    """A mentor who may be proposed to the mentee, and why."""

    mentor_id: str
    score: Score
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class WhyNot:
    """Why this mentor is not the mentee's: a broken rule, or what forcing the pair would cost."""

    text: str
    rule: Rule | None = None
    score: Score | None = None
    """Absent if a rule forbids the pair."""
    loss: int | None = None
    """The least the program would lose by forcing the pair, in points of `coverage_bonus + score`; a proven bound."""


def shortlist(
    mentee: Person,
    mentors: Iterable[Person],
    frame: Frame,
    seats: Mapping[str, int],
    *,
    prices: Mapping[str, int] | None = None,
    limit: int = 5,
) -> list[Candidate]:
    """The best allowed mentors with a free seat, best first; fewer than `limit` if fewer are allowed.

    With the `prices` of the last run, a mentor ranks by points minus the price of their seat, so that a popular
    mentor's last seat is kept for whom it helps most. Equal mentors are ordered by a hash of the pair's ids.
    """
    raise NotImplementedError


def why_not(
    mentee: Person,
    mentor: Person,
    frame: Frame,
    free_seats: int | None = None,
    *,
    utility: int | None = None,
    price: int | None = None,
    coverage_bonus: int = 0,
) -> WhyNot:
    """Why not this mentor: the broken rule in a sentence; else, with the last run's numbers, the cost of the pair.

    `free_seats` None leaves the seats out of it (as for a mentor whose seats went in the run itself).
    """
    raise NotImplementedError
