"""The numbers of one assignment: who looks for a mentor, how many seats there are, what each allowed pair is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Problem:
    """Ids in order, and the allowed pairs as three columns, sorted by mentee, then mentor. Make it with `pose`."""

    mentees: tuple[str, ...]
    mentors: tuple[str, ...]
    seats: NDArray[np.int64]
    mentee: NDArray[np.int64]
    mentor: NDArray[np.int64]
    score: NDArray[np.int64]
