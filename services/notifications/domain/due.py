"""What becomes of letters whose time has come, before the mail server is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.event import PersonId
from contracts.notifications import LetterEvent
from services.notifications.domain import telling
from services.notifications.domain.budget import within_budget
from services.notifications.domain.digest import Digest, collect
from services.notifications.domain.letter import Letter, Status
from services.notifications.domain.planning import hold_back
from services.notifications.domain.recipient import Recipient


@dataclass(frozen=True)
class Sorted:
    """Where each due letter goes."""

    go: tuple[Letter, ...]
    digests: tuple[Digest, ...]
    changed: tuple[Letter, ...]
    """Letters that do not go now, as they are from now on."""
    told: tuple[tuple[Letter, LetterEvent], ...]


def sort_out(
    due: Sequence[Letter],
    for_digest: Sequence[Letter],
    *,
    people: Mapping[PersonId, Recipient],
    spent: Mapping[PersonId, int],
    a_week: int,
    now: datetime,
) -> Sorted:
    """Void ones are outdated, those still without an address are given up, the budget holds back, the rest goes."""
    over = [letter for letter in (*due, *for_digest) if is_void(letter, now)]
    lost = [letter for letter in due if letter.status is Status.UNADDRESSED and not is_void(letter, now)]
    alive = [letter for letter in due if letter.status is Status.PLANNED and not is_void(letter, now)]
    go, held = within_budget(alive, spent, limit=a_week)
    outdated = [replace(each, status=Status.SUPPRESSED, reason="outdated", done_at=now) for each in over]
    failed = [replace(each, status=Status.FAILED, reason="gave-up", done_at=now) for each in lost]
    waiting = [hold_back(letter, people[letter.person_id], now=now) for letter in held]
    return Sorted(
        go=tuple(go),
        digests=tuple(collect([each for each in for_digest if not is_void(each, now)], now=now)),
        changed=(*outdated, *failed, *waiting),
        told=(
            *((each, telling.suppressed(each, "outdated")) for each in outdated),
            *((each, telling.failed(each, "gave-up")) for each in failed),
            *((each, telling.suppressed(each, "budget")) for each in waiting),
        ),
    )


def is_void(letter: Letter, now: datetime) -> bool:
    """Whether there is nothing left to write about."""
    return letter.draft.void_at is not None and letter.draft.void_at <= now
