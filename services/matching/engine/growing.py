"""Arrays that grow while somebody is added to them: numbers, lists of numbers, and tables of two kinds of things."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.postings import Codes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.matching.engine.problem import Ints

Numbers = NDArray[np.int32]
NOTHING = 0
"""The code of nothing."""
FIRST = 16
"""Places that an array begins with."""
MOST_ROWS = 2_000
"""Of a table: then they are found again, so that it does not grow with everybody who ever came by."""


def grown(numbers: NDArray[Any], least: int) -> NDArray[Any]:
    """The same array, or one that is at least twice as long, if it has not `least` places; new ones hold 0."""
    if len(numbers) >= least:
        return numbers
    longer = np.zeros((max(FIRST, least, 2 * len(numbers)), *numbers.shape[1:]), numbers.dtype)
    longer[: len(numbers)] = numbers
    return longer


class Listed(NamedTuple):
    """The list of slot s is in `items[place[s, 0] : place[s, 1]]`, NOTHING behind it.

    A place is a power of two long, so compiled code walks most lists in the same number of steps.
    """

    place: Numbers
    items: Numbers


class Lists:
    """A list of numbers for each slot, all in one array.

    A list that outgrows its place moves to the end, into one twice as large: so what is left behind is never more than
    what is in use, and whoever has the slot next has its place.
    """

    def __init__(self) -> None:
        self.listed = Listed(np.zeros((FIRST, 2), np.int32), np.zeros(FIRST, np.int32))
        self._end = 0

    def put(self, slot: int, numbers: Sequence[int]) -> None:
        """The list of this slot from now on."""
        self.listed = self.listed._replace(place=grown(self.listed.place, slot + 1))
        begin, end = self.listed.place[slot]
        if len(numbers) > end - begin:
            self._move(slot, 1 << (len(numbers) - 1).bit_length())
        begin, end = self.listed.place[slot]
        self.listed.items[begin:end] = NOTHING
        self.listed.items[begin : begin + len(numbers)] = numbers

    def _move(self, slot: int, room: int) -> None:
        self.listed = self.listed._replace(items=grown(self.listed.items, self._end + room))
        self.listed.place[slot] = self._end, self._end + room
        self._end += room


class Forms:
    """A code for each thing in each form in which people have it: skills by level and evidence, questions by answer."""

    def __init__(self) -> None:
        self.of: defaultdict[str, dict[Any, int]] = defaultdict(dict)
        """Thing → form → code."""
        self._count = NOTHING + 1

    def __len__(self) -> int:
        """How many codes, that of NOTHING among them."""
        return self._count

    def code(self, thing: str, form: Any) -> int:
        """The code, which may be new."""
        forms = self.of[thing]
        if form not in forms:
            forms[form], self._count = self._count, self._count + 1
        return forms[form]


class Table:
    """What `value` says of a thing of the mentee's and each thing that mentors have: a row, kept and continued."""

    def __init__(self, value: Callable[[Any, Any], int]) -> None:
        self.codes = Codes()
        self._value = value
        self._rows: dict[Any, Ints] = {}

    def row(self, thing: Any) -> Ints:
        """[codes] for one thing of a mentee's."""
        row = self._rows.get(thing, np.zeros(0, np.int64))
        if len(row) < len(self.codes):
            more = [self._value(thing, other) for other in islice(self.codes, len(row), None)]
            if len(self._rows) >= MOST_ROWS:
                self._rows.clear()
            row = self._rows[thing] = np.concatenate((row, np.array(more, np.int64)))
        return row
