"""Compiles ahead: whoever builds an image calls this, so that no cohort waits for a compiler.

Numba keeps what it compiled beside the sources, or in NUMBA_CACHE_DIR, until a source changes.
"""

from __future__ import annotations

import numpy as np

from contracts.matching import ProgramOpened
from contracts.profiles import ProfileUpdated
from services.matching.engine.auction import _bid
from services.matching.engine.candidates import best_of
from services.matching.engine.columns import columns
from services.matching.engine.frame import frame_of
from services.matching.engine.market import Market
from services.matching.engine.paths import place
from services.matching.engine.people import person_from
from services.matching.engine.raising import settled
from services.matching.engine.sweep import broken, sweep


def warm() -> None:
    """Calls each compiled function once, with one person as mentee and mentor."""
    person = person_from(ProfileUpdated.example())
    alone = columns([person], [person], frame_of(ProgramOpened.example().policy, [person]))
    one = np.zeros(1, np.int64)
    sweep(alone, 0, one)
    broken(alone, 0)
    market = Market.opened(one, one, one + 1, one + 2, 1)
    place(market, _bid(market, 0), 1)
    settled(np.arange(2), one, one + 1, one, one + 1, one)
    best_of(one, one, 1, 1)
