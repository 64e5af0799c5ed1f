"""How far the worker of a run is, in memory that it shares with the service: nothing waits for anybody."""

from __future__ import annotations

import multiprocessing
from typing import NamedTuple

PHASES = ("profiles", "rules and scores", "best matching and proof", "reasons")
"""What a run goes through, in order; the engine names the middle two."""
WHOLE = 1_000_000
UNKNOWN = -1


class Progress(NamedTuple):
    """What can be told of a run that is being computed."""

    phase: str
    done: float
    """The share of the phase, 0 to 1."""
    matched_bound: int | None
    """More mentees cannot be matched, as far as is known."""


class Board:
    """Written by one process, read by another; each value by itself is whole."""

    def __init__(self) -> None:
        self._cells = multiprocessing.get_context("spawn").Array("q", [0, 0, UNKNOWN])

    def write(self, phase: str, share: float, matched_bound: int | None = None) -> None:
        """Says where the work stands: an `engine.survey.Progress`. A bound stays until there is a better one."""
        cells = [PHASES.index(phase), round(share * WHOLE)]
        self._cells[: len(cells)] = cells
        if matched_bound is not None:
            self._cells[-1] = matched_bound

    def read(self) -> Progress:
        """Where the work stands."""
        phase, share, bound = self._cells[:]
        return Progress(PHASES[phase], share / WHOLE, None if bound == UNKNOWN else bound)
