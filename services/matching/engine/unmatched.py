"""Mentees without a mentor, each with the reason and, where there is one, what would help."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.matching.engine.rules import SENTENCES, TOLD_AS, Rule

if TYPE_CHECKING:
    from services.matching.engine.settle import Outcome
    from services.matching.engine.survey import Survey

PINNED = "pinned"


@dataclass(frozen=True)
class Unmatched:
    """A mentee without a mentor: `text` says why; `rule` is a `rules.Rule`, `seats-taken`, `no-mentors`, or PINNED."""

    mentee_id: str
    rule: str
    text: str


def why_unmatched(mentee: str, outcome: Outcome, found: Survey) -> Unmatched:
    """Why this mentee has no mentor, so that a coordinator knows what would help, and not whom somebody refused."""
    mentors = len(outcome.problem.mentors)
    if not mentors:
        return Unmatched(mentee, "no-mentors", "No mentor of the program has a free seat.")
    if mentee not in found.broken:
        return Unmatched(mentee, "seats-taken", "Every seat with a mentor who fits went to somebody else.")
    if (highest := found.below.get(mentee)) is not None:
        floor = outcome.certificate.min_score
        text = f"Every mentor scores below the program's floor of {floor}; the best that is possible is {highest}."
        return Unmatched(mentee, Rule.BELOW_FLOOR, text)
    told: Counter[Rule] = Counter()
    for broken, count in found.broken[mentee].items():
        told[TOLD_AS.get(broken, broken)] += count
    rule, times = min(told.items(), key=lambda item: (-item[1], item[0]))
    return Unmatched(mentee, rule, f"No mentor may be proposed; for {times} of {mentors}: {SENTENCES[rule]}")


def why_pin_refused(mentee: str, mentor: str, why: str) -> Unmatched:
    """A mentee whose pin cannot be kept, in the sentence of `pins`."""
    return Unmatched(mentee, PINNED, f"Pinned to {mentor}. {why}")
