"""Circles in a reporting line: somebody who would be their own manager's manager."""

from collections.abc import Sequence

NOBODY = -1


def circles(manager_of: Sequence[int]) -> list[tuple[int, ...]]:
    """Every circle, each beginning with its smallest number; who only reports into one is in none.

    People are numbers: `manager_of[3]` is the manager of person 3, or NOBODY.
    """
    found: list[tuple[int, ...]] = []
    seen = bytearray(len(manager_of))
    for start in range(len(manager_of)):
        path: dict[int, int] = {}
        person = start
        while person != NOBODY and not seen[person]:
            seen[person] = 1
            path[person] = len(path)
            person = manager_of[person]
        if person in path:
            found.append(_from_smallest(list(path)[path[person] :]))
    return found


def _from_smallest(members: list[int]) -> tuple[int, ...]:
    first = members.index(min(members))
    return tuple(members[first:] + members[:first])
