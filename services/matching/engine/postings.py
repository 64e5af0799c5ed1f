"""Codes for things, tables over two kinds of codes, and posting lists: who has this, with two numbers about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from services.matching.engine.problem import Ints


class Codes(dict[Any, int]):
    """A number for each distinct thing, in the order in which they come."""

    def __missing__(self, thing: Any) -> int:
        self[thing] = len(self)
        return self[thing]


class Postings(NamedTuple):
    """The entries of code c are `who[start[c] : start[c + 1]]`."""

    start: Ints
    who: Ints
    what: Ints
    """[entries, 2]"""


def by_code(entries: Sequence[tuple[int, int, int, int]], codes: Collection[Any]) -> Postings:
    """Entries (code, who, one number, another number) in any order; who comes in order within a code."""
    rows = np.array(sorted(entries), np.int64).reshape(-1, 4)
    start = np.searchsorted(rows[:, 0], np.arange(len(codes) + 1))
    return Postings(start, rows[:, 1].copy(), rows[:, 2:].copy())


def by_person(entries: Sequence[Sequence[tuple[int, int, int]]]) -> Postings:
    """For each person their entries (who or what, one number, another number)."""
    return by_code([(at, *entry) for at, own in enumerate(entries) for entry in own], entries)


def table(rows: Collection[Any], columns: Collection[Any], value: Callable[[Any, Any], int]) -> Ints:
    """What `value` says of each two things."""
    found = [[value(one, other) for other in columns] for one in rows]
    return np.array(found, np.int64).reshape(len(rows), len(columns))
