"""The score: the weighted average of the answered parts, a whole number to which its parts add up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.matching import SCORE_SCALE
from services.matching.engine.frame import PARTS, WEIGHT_SCALE
from services.matching.engine.terms import ONE, Terms, terms

if TYPE_CHECKING:
    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person


@dataclass(frozen=True)
class Score:
    """How well a mentor fits a mentee, and what it is made of."""

    points: int
    """0 to SCORE_SCALE (10 000 000, a perfect match)."""
    parts: dict[str, int]
    """What each answered part contributes; they add up to `points` exactly. Unanswered parts are absent, and so is a
    preference of 0: it would tell this mentor that the mentee named others."""
    values: dict[str, int]
    """How well each answered part fits by itself, 0 to 10 000."""
    completeness: int
    """The share of the weight that was answered, in millionths."""


def score(mentee: Person, mentor: Person, frame: Frame) -> Score:
    """The score of a pair with its parts. It says nothing about hard rules: ask `rules.broken_rule`."""
    pair = terms(mentee, mentor, frame)
    answered = [
        (part, value, weight)
        for part, value, weight in zip(PARTS, pair, frame.weights, strict=True)
        if value is not None
    ]
    total = points(pair, frame)
    weights = sum(weight for _, _, weight in answered)
    shares = _shares([value * weight for _, value, weight in answered], weights * ONE, total)
    return Score(
        points=total,
        parts={
            part: share
            for (part, value, _), share in zip(answered, shares, strict=True)
            if value or part != "preference"
        },
        values={part: value for part, value, _ in answered},
        completeness=weights * WEIGHT_SCALE // (frame.whole_weight or 1),
    )


def points(pair: Terms, frame: Frame) -> int:
    """The points alone: SCORE_SCALE times the weighted average of the answered parts, rounded down."""
    weighted = weights = 0
    for value, weight in zip(pair, frame.weights, strict=True):
        if value is not None:
            weighted += value * weight
            weights += weight
    return weighted * SCORE_SCALE // (weights * ONE) if weights else 0


def _shares(weighted: list[int], whole: int, total: int) -> list[int]:
    """Each part's share of `total`, by largest remainder (Hamilton's method); ties go to the earlier part."""
    if not whole:
        return [0] * len(weighted)
    shares = [value * SCORE_SCALE // whole for value in weighted]
    left = total - sum(shares)
    by_remainder = sorted(range(len(weighted)), key=lambda part: (-(weighted[part] * SCORE_SCALE % whole), part))
    for part in by_remainder[:left]:
        shares[part] += 1
    return shares
