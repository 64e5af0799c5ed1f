"""Circles in a reporting line: somebody who would be their own manager's manager."""

from collections.abc import Mapping


def circles(manager_of: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Every circle, each beginning with its smallest id; people who only report into one are in none."""
    found: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for start in sorted(manager_of):
        path: dict[str, int] = {}
        person: str | None = start
        while person is not None and person not in seen and person not in path:
            path[person] = len(path)
            person = manager_of.get(person)
        if person in path:
            found.append(_from_smallest(list(path)[path[person] :]))
        seen |= path.keys()
    return found


def _from_smallest(members: list[str]) -> tuple[str, ...]:
    first = members.index(min(members))
    return tuple(members[first:] + members[:first])
