"""How far the worker of a run is, in memory that it shares with the service: nothing waits for anybody."""

from __future__ import annotations

import multiprocessing
import time
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
        spawned = multiprocessing.get_context("spawn")
        self._cells = spawned.Array("q", [0, 0, UNKNOWN])
        self._begun = spawned.Array("q", [time.monotonic_ns(), *[0 for _ in PHASES[1:]]])

    def write(self, phase: str, share: float, matched_bound: int | None = None) -> None:
        """Says where the work stands: an `engine.survey.Progress`. A bound stays until there is a better one."""
        cells = [PHASES.index(phase), round(share * WHOLE)]
        self._begun[cells[0]] = self._begun[cells[0]] or time.monotonic_ns()
        self._cells[: len(cells)] = cells
        if matched_bound is not None:
            self._cells[-1] = matched_bound

    def read(self) -> Progress:
        """Where the work stands."""
        phase, share, bound = self._cells[:]
        return Progress(PHASES[phase], share / WHOLE, None if bound == UNKNOWN else bound)

    def seconds(self) -> dict[str, float]:
        """How long each phase has taken that has begun; the last of them until now."""
        begun = sorted((at, phase) for phase, at in zip(PHASES, self._begun[:], strict=True) if at)
        ends = [*(at for at, _ in begun[1:]), time.monotonic_ns()]
        return {phase: (end - at) / 1e9 for (at, phase), end in zip(begun, ends, strict=True)}
