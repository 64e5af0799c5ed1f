"""Compiles ahead: whoever builds an image calls this, so that no cohort and no shortlist waits for a compiler.

Numba keeps what it compiled beside the sources, or in NUMBA_CACHE_DIR, until a source changes.
"""

from __future__ import annotations

import numpy as np

from contracts.matching import ProgramOpened
from contracts.profiles import ProfileUpdated
from services.matching.engine.auction import auction
from services.matching.engine.candidates import best_of
from services.matching.engine.columns import columns
from services.matching.engine.frame import frame_of
from services.matching.engine.people import person_from
from services.matching.engine.question import question
from services.matching.engine.roster import Roster
from services.matching.engine.scan import scan
from services.matching.engine.sweep import broken, sweep


def warm() -> None:
    """Calls each compiled function once, with one person as mentee and mentor."""
    person = person_from(ProfileUpdated.example())
    frame = frame_of(ProgramOpened.example().policy, [person])
    alone = columns([person], [person], frame)
    one = np.zeros(1, np.int64)
    sweep(alone, 0, one)
    broken(alone, 0)
    auction(one, one, one + 1, one + 2, 1)
    best_of(one, one, 1, 1)
    roster = Roster(frame)
    scan(roster.mentors, question(person, roster, frame, ()), 1)
