"""The compiled sweep in the place of the readable rules and scores: the same question, the same answer."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from services.matching.engine.columns import NONE, RULES, columns, vectors
from services.matching.engine.meaning import WHOLE
from services.matching.engine.rules import broken_rule
from services.matching.engine.survey import Looked
from services.matching.engine.sweep import broken, sweep
from services.matching.engine.terms import ONE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person
    from services.matching.engine.problem import Ints
    from services.matching.engine.rules import Rule


def swept(mentees: Sequence[Person], mentors: Sequence[Person], frame: Frame) -> Callable[[int], Looked]:
    """Compiles the people; gives what looks around for the mentee of an index."""
    compiled = columns(mentees, mentors, frame)
    floorless = compiled._replace(limits=np.append(compiled.limits[:-1], 0))
    mine, theirs = vectors(mentees, frame.meaning), vectors(mentors, frame.meaning)

    def look(at: int) -> Looked:
        product = (theirs @ mine[at]).astype(np.int64)
        near = np.clip(np.maximum(2 * product - WHOLE, 0) * ONE // WHOLE, 0, ONE)
        scores = sweep(compiled, at, near)
        allowed: Ints = np.flatnonzero(scores >= 0).astype(np.int64)
        if len(allowed):
            return Looked(allowed, scores[allowed])
        highest = int(sweep(floorless, at, near).max(initial=NONE)) if frame.least_score else NONE
        return Looked(allowed, scores[allowed], why(at), None if highest == NONE else highest)

    def why(at: int) -> Counter[Rule]:
        if not compiled.mentees.takes_part[at] or not compiled.mentors.takes_part.all():
            return Counter(rule for mentor in mentors if (rule := broken_rule(mentees[at], mentor, frame)))
        counts = broken(compiled, at).tolist()
        return Counter({rule: count for rule, count in zip(RULES, counts, strict=True) if count})

    return look
