"""The certificate: what was matched, beside bounds that no matching of the same people can pass."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from services.matching.engine.pairs import Pairs
    from services.matching.engine.prices import Dual
    from services.matching.engine.problem import Ints

MILLION = 1_000_000


@dataclass(frozen=True)
class Certificate:
    """The totals of a result and what they were measured against."""

    mentees: int
    mentors: int
    seats: int
    allowed_pairs: int
    matched: int
    matched_bound: int
    """No matching gives more mentees a mentor."""
    score: int
    score_bound: int
    """No matching of `matched` mentees has a higher total score."""
    gap_ppm: int
    """Distance of the score to its bound in millionths of the bound, rounded up."""
    scale: int
    """What a score of 1 was multiplied with to be a whole number."""
    coverage_bonus: int
    """What one more matched mentee counts: more than the scores of any whole matching."""
    rounds: int
    """How often pairs were added and the assignment solved again; 1 where all pairs went in at once."""
    policy_version: int
    inputs_sha256: str
    seconds: float
    peak_bytes: int
    min_score: int = 0
    """The policy's floor: each allowed pair scores at least this."""

    def as_json(self) -> dict[str, int | float | str]:
        """The fields by name, as in `certificate.json`."""
        return asdict(self)


def certify(
    pairs: Pairs,
    own: Ints,
    dual: Dual,
    *,
    scale: int,
    policy_version: int,
    inputs_sha256: str,
    seconds: float,
    peak_bytes: int,
    rounds: int = 1,
    min_score: int = 0,
) -> Certificate:
    """The certificate of a matching; `own`: [mentees] the score of each one's pair, -1 for none.

    With U the dual's bound and B the bonus, B · pairs + score ≤ U for every matching: so no matching has more than
    U // B pairs, and none of n pairs has a score above U - B · n.
    """
    bonus, bound = pairs.coverage_bonus, dual.bound(pairs)
    matched = int((own >= 0).sum())
    total = int(own[own >= 0].sum())
    score_bound = bound - bonus * matched
    return Certificate(
        mentees=len(pairs.mentees),
        mentors=len(pairs.mentors),
        seats=int(np.sum(pairs.seats)),
        allowed_pairs=pairs.allowed,
        matched=matched,
        matched_bound=bound // bonus,
        score=total,
        score_bound=score_bound,
        gap_ppm=-((total - score_bound) * MILLION // max(score_bound, 1)),
        scale=scale,
        coverage_bonus=bonus,
        rounds=rounds,
        policy_version=policy_version,
        inputs_sha256=inputs_sha256,
        seconds=seconds,
        peak_bytes=peak_bytes,
        min_score=min_score,
    )
