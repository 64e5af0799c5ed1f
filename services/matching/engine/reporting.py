"""Who reports to whom, as far up as a policy asks."""

from collections.abc import Mapping


class Reporting:
    """The company's reporting lines, made from manager ids.

    Unknown managers end a line; a line that runs in a circle ends where it meets itself.
    """

    def __init__(self, managers: Mapping[str, str | None]) -> None:
        self.managers = {person: manager for person, manager in managers.items() if manager}
        """Person → manager, of those who have one. Changed by `change` alone."""
        self._above: dict[tuple[str, int], frozenset[str]] = {}

    def change(self, person: str, manager: str | None) -> bool:
        """Whose manager somebody is from now on; tells whether that was another one before."""
        before = self.managers.pop(person, None)
        if manager:
            self.managers[person] = manager
        if before == (manager or None):
            return False
        self._above.clear()
        return True

    def above(self, person: str, depth: int) -> frozenset[str]:
        """The managers of a person, up to `depth` levels up; never the person."""
        known = self._above.get((person, depth))
        if known is None:
            known = self._above[person, depth] = frozenset(self._climb(person, depth))
        return known

    def in_line(self, one: str, other: str, depth: int) -> bool:
        """Whether one is among the other's managers, at most `depth` levels apart."""
        return other in self.above(one, depth) or one in self.above(other, depth)

    def _climb(self, person: str, depth: int) -> list[str]:
        line: list[str] = []
        manager = self.managers.get(person)
        while manager and len(line) < depth and manager != person and manager not in line:
            line.append(manager)
            manager = self.managers.get(manager)
        return line
