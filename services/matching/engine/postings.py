"""Codes for things, tables over two kinds of codes, and posting lists: who has this, with two numbers about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sized

    from services.matching.engine.problem import Ints

Places = NDArray[np.int32]
"""Indexes of people, in half the memory."""
ENTRY = np.dtype([("code", np.int32), ("who", np.int32), ("one", np.int16), ("other", np.int16)])


class Codes(dict[Any, int]):
    """A number for each distinct thing, in the order in which they come."""

    def __missing__(self, thing: Any) -> int:
        self[thing] = len(self)
        return self[thing]


class Postings(NamedTuple):
    """The entries of code c are `who[start[c] : start[c + 1]]`."""

    start: Ints
    who: Places
    what: NDArray[np.int16]
    """[entries, 2]"""


def by_code(entries: Iterable[tuple[int, int, int, int]], codes: Sized) -> Postings:
    """Entries (code, who, one number, another number) in any order; who comes in order within a code.

    `codes` may grow while the entries come.
    """
    rows = np.fromiter(entries, ENTRY)
    rows = rows[np.lexsort((rows["who"], rows["code"]))]
    start = np.searchsorted(rows["code"], np.arange(len(codes) + 1))
    what = np.stack((rows["one"], rows["other"]), axis=1)
    return Postings(start, rows["who"].copy(), what)


def by_person(entries: Iterable[Iterable[tuple[int, int, int]]], people: Sized) -> Postings:
    """For each person their entries (who or what, one number, another number)."""
    return by_code(((at, *entry) for at, own in enumerate(entries) for entry in own), people)


def table(rows: Collection[Any], columns: Collection[Any], value: Callable[[Any, Any], int]) -> Places:
    """What `value` says of each two things."""
    found = [[value(one, other) for other in columns] for one in rows]
    return np.array(found, np.int32).reshape(len(rows), len(columns))
