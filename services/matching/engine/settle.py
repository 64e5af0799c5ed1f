"""From the numbers to a proven result: solved, certified, and checked by code that trusts neither."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.matching.engine.certificate import Certificate, certify
from services.matching.engine.check import doubts, weighed
from services.matching.engine.digest import inputs_sha256
from services.matching.engine.fairness import Fairness, steer
from services.matching.engine.solve import MANY, solve
from services.matching.engine.verify import Claim, objections

if TYPE_CHECKING:
    from services.matching.engine.groups import Groups
    from services.matching.engine.pairs import Pairs
    from services.matching.engine.prices import Dual
    from services.matching.engine.problem import Ints
    from services.matching.engine.survey import Progress


@dataclass(frozen=True)
class Outcome:
    """Who is matched, the best matching, and the proof."""

    problem: Pairs
    mates: Ints
    """[mentees] the mentor's index, -1 for none."""
    own: Ints
    """[mentees] the score of each one's pair, -1 for none."""
    dual: Dual
    certificate: Certificate
    fairness: Fairness | None = None
    """What steering came to, if the policy asked for it."""

    def pairs(self) -> list[tuple[str, str, int]]:
        """Mentee, mentor, score of those who were matched, by mentee."""
        columns = zip(self.problem.mentees, self.mates.tolist(), self.own.tolist(), strict=True)
        return [(mentee, self.problem.mentors[mate], score) for mentee, mate, score in columns if mate >= 0]

    def unmatched(self) -> list[str]:
        """Mentees without a mentor."""
        mates = zip(self.problem.mentees, self.mates.tolist(), strict=True)
        return [mentee for mentee, mate in mates if mate < 0]

    def prices(self) -> list[tuple[str, int, int, int]]:
        """Mentor, seats, taken, price."""
        taken = [0] * len(self.problem.mentors)
        for mate in self.mates[self.mates >= 0].tolist():
            taken[mate] += 1
        columns = (self.problem.seats.tolist(), taken, self.dual.prices.tolist())
        return list(zip(self.problem.mentors, *columns, strict=True))

    def utilities(self) -> list[tuple[str, int]]:
        """Mentee, utility."""
        return list(zip(self.problem.mentees, self.dual.utilities.tolist(), strict=True))

    def claim(self) -> Claim:
        """The outcome as `verify` doubts it."""
        told = self.certificate.as_json()
        rows = self.problem.rows()
        return Claim(rows, self.pairs(), self.unmatched(), self.prices(), self.utilities(), told)


def settle(
    problem: Pairs,
    *,
    scale: int,
    policy_version: int,
    min_score: int = 0,
    groups: Groups | None = None,
    most_loss_ppm: int = 0,
    began: float | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """The best matching with its certificate; `began` is where `time.perf_counter` stood when work began.

    With `groups` it is steered for them (`fairness`) and may lose `most_loss_ppm`; the proof stays that of the best.

    Raises ArithmeticError if the independent check finds anything wrong: nothing unproven leaves the engine.
    """
    start = time.perf_counter() if began is None else began
    best = solve(problem, progress)
    (mates, dual, rounds), fair = best, None
    if groups:
        mates, fair = steer(problem, best, groups, most_loss_ppm)
    seen = weighed(problem, mates, dual)
    names = {"scale": scale, "policy_version": policy_version, "min_score": min_score}
    certificate = certify(
        problem,
        seen.own,
        dual,
        inputs_sha256=inputs_sha256(problem, seen.digests, **names),
        seconds=round(time.perf_counter() - start, 3),
        peak_bytes=_peak_bytes(),
        rounds=rounds,
        **names,
    )
    outcome = Outcome(problem, mates, seen.own, dual, certificate, fair)
    if problem.allowed >= MANY:
        wrong = next(doubts(problem, mates, dual, most_loss_ppm if groups else 0, seen), None)
    else:
        wrong = next(iter(objections(outcome.claim())), None)
    if wrong:
        raise ArithmeticError(f"the result does not hold: {wrong}")
    return outcome


def _peak_bytes() -> int:
    """The most memory this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
