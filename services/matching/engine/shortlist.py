"""One mentee's question: which mentors would suit, and why not that one."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from services.matching.engine.reasons import reasons
from services.matching.engine.rules import SENTENCES, broken_rule
from services.matching.engine.score import score

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
    """The least the program would lose by forcing the pair, in points of `coverage_bonus + score`."""


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

    With the `prices` of the last run a mentor ranks by points minus the price of their seat, so that a popular
    mentor's last seat is kept for whom it helps most. Equal mentors are ordered by a hash of the two ids.
    """
    cost = prices or {}
    scored = [
        (score(mentee, mentor, frame), mentor)
        for mentor in mentors
        if broken_rule(mentee, mentor, frame, seats.get(mentor.id, 0)) is None
    ]
    best = heapq.nsmallest(limit, scored, key=lambda one: (cost.get(one[1].id, 0) - one[0].points, lot(mentee, one[1])))
    return [Candidate(mentor.id, pair, reasons(pair, mentee, mentor, frame)) for pair, mentor in best]


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
    """Why not this mentor: the broken rule in a sentence; else, with the last run's numbers, what it would cost.

    `free_seats` None leaves the seats out of it (as for a mentor whose seats went in the run itself).
    """
    rule = broken_rule(mentee, mentor, frame, free_seats)
    if rule is not None:
        return WhyNot(SENTENCES[rule], rule)
    pair = score(mentee, mentor, frame)
    if utility is None or price is None:
        return WhyNot("No rule forbids it: this mentor may be asked.", score=pair)
    loss = utility + price - coverage_bonus - pair.points
    return WhyNot(_cost_in_words(loss, price, coverage_bonus), score=pair, loss=loss)


def _cost_in_words(loss: int, price: int, coverage_bonus: int) -> str:
    """What forcing the pair would cost: its reduced cost, a lower bound by linear programming duality."""
    if loss <= 0:
        return "No rule forbids it, and pairing the two would cost the program nothing."
    taken = "The seat is worth more to somebody else" if price else "Another mentor fits better"
    if loss >= coverage_bonus:
        return f"{taken}: with this pair somebody would be left without a mentor."
    return f"{taken}: with this pair the others would lose at least {loss} points, or somebody a mentor."


def lot(mentee: Person, mentor: Person) -> bytes:
    """What orders mentors who are equally good for a mentee: drawn, but always the same."""
    return sha256(f"{mentee.id}\t{mentor.id}".encode()).digest()
