"""Reporting lines as numbers: each person's manager, one changed at a time, for compiled code to climb."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from services.matching.engine.growing import grown
from services.matching.engine.postings import Codes

if TYPE_CHECKING:
    from collections.abc import Mapping

NOBODY = -1


class Lines:
    """Everybody of the company has a number.

    Whoever climbs a line counts the levels, since it may run in a circle. It finds the same people as `Reporting`: what
    lies behind the place where a circle closes was met before.
    """

    def __init__(self, managers: Mapping[str, str | None]) -> None:
        self._codes = Codes()
        self.above = np.zeros(0, np.int32)
        """[people] the number of the manager, NOBODY at the end of a line."""
        for person, manager in managers.items():
            self.put(person, manager)

    def number(self, person_id: str) -> int:
        """The number of somebody, who may be new."""
        known = len(self._codes)
        number = self._codes[person_id]
        if number == known:
            self.above = grown(self.above, number + 1)
            self.above[number] = NOBODY
        return number

    def put(self, person_id: str, manager_id: str | None) -> None:
        """Whose manager somebody is from now on."""
        number = self.number(person_id)
        manager = self.number(manager_id) if manager_id else NOBODY
        self.above[number] = manager
