"""A large cohort, from its people to pairs that are looked at in passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from services.matching.engine.running import ALONE
from services.matching.engine.streamed import streamed
from services.matching.engine.survey import Survey
from services.matching.engine.sweeping import looking, sweep_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.matching.engine.frame import Frame
    from services.matching.engine.people import Person
    from services.matching.engine.running import Runner
    from services.matching.engine.streamed import Streamed
    from services.matching.engine.survey import Progress


def stream(
    mentees: Sequence[Person],
    mentors: Sequence[Person],
    frame: Frame,
    seats: Sequence[int],
    runner: Runner | None = None,
    progress: Progress | None = None,
) -> tuple[Streamed, Survey]:
    """Compiles the people, who come in the order of ids; makes the first pass; says why some have no allowed pair."""
    compiled, found = sweep_of(mentees, mentors, frame), Survey()
    ids = [one.id for one in mentees], [one.id for one in mentors]
    pairs = streamed(*ids, seats, compiled, runner=runner or ALONE, progress=progress)
    look = looking(compiled, mentees, mentors, frame)
    for at in np.flatnonzero(pairs.counts == 0).tolist():
        found.lonely(mentees[at].id, look(at))
    return pairs, found
