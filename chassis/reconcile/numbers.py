"""Numbers of a story that are missing, as ranges: a gap of a million takes no more room than one of two."""

from collections.abc import Collection, Iterable

Range = tuple[int, int]
"""From and to, both within."""


def without(ranges: Iterable[Range], number: int) -> list[Range]:
    """The ranges without this number."""
    left: list[Range] = []
    for first, last in ranges:
        if first <= number <= last:
            left += [each for each in ((first, number - 1), (number + 1, last)) if each[0] <= each[1]]
        else:
            left.append((first, last))
    return left


def without_all(ranges: Iterable[Range], numbers: Collection[int]) -> list[Range]:
    """The ranges without any of these numbers."""
    left = list(ranges)
    for number in numbers:
        left = without(left, number)
    return left


def in_words(ranges: Iterable[Range]) -> str:
    """`3, 7-9`."""
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ranges)
