"""The weekly budget: at most so many letters in any seven days, outside the digest and the at-once list."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta

from contracts.event import PersonId
from services.notifications.domain.letter import Letter

WEEK = timedelta(days=7)


def within_budget(
    due: Iterable[Letter], spent: Mapping[PersonId, int], *, limit: int
) -> tuple[list[Letter], list[Letter]]:
    """Which of these may go, and which are held back; `spent` counts what went in the last seven days.

    The oldest go first. A letter that does not count is never held back.
    """
    counted, go, held = Counter(spent), [], []
    for letter in due:
        if letter.budgeted and counted[letter.person_id] >= limit:
            held.append(letter)
            continue
        counted[letter.person_id] += letter.budgeted
        go.append(letter)
    return go, held
