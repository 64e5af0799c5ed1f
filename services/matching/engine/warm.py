"""Compiles ahead: whoever builds an image calls this, so that no cohort and no shortlist waits for a compiler.

Numba keeps what it compiled beside the sources, or in NUMBA_CACHE_DIR, until a source changes.
"""

from __future__ import annotations

import numpy as np

from contracts.matching import ProgramOpened
from contracts.profiles import ProfileUpdated
from services.matching.engine.auction import _bid
from services.matching.engine.candidates import by_candidates
from services.matching.engine.frame import frame_of
from services.matching.engine.market import Market
from services.matching.engine.passes import stream
from services.matching.engine.paths import place
from services.matching.engine.people import person_from
from services.matching.engine.prices import Dual
from services.matching.engine.question import question
from services.matching.engine.raising import settled
from services.matching.engine.roster import Roster
from services.matching.engine.scan import scan
from services.matching.engine.sweep import broken


def warm() -> None:
    """Calls each compiled function once, with one person as mentee and mentor."""
    person, one = person_from(ProfileUpdated.example()), np.zeros(1, np.int64)
    frame = frame_of(ProgramOpened.example().policy, [person])
    pairs, _ = stream([person], [person], frame, [2])
    broken(pairs.sweep.columns, 0)
    market = Market.opened(one, one, one + 1, one + 2, 1)
    place(market, _bid(market, 0), 1)
    settled(np.arange(2), one, one + 1, one, one + 1, one)
    by_candidates(pairs, lambda _: Dual(one, one))
    roster = Roster(frame)
    scan(roster.mentors, question(person, roster, frame, ()), 1)
