"""What becomes of a letter after the mail server was asked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from contracts.notifications import Failure, LetterEvent
from services.notifications.domain import telling
from services.notifications.domain.letter import Letter, Status

RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
)
"""Pauses between attempts; the last one repeats."""
GIVE_UP_AFTER = timedelta(days=3)

InDoubt = Literal["assume-sent", "send-again"]


@dataclass(frozen=True)
class Outcome:
    """What the mail server said, or that it said nothing."""

    kind: Literal["taken", "refused", "rejected", "not-now", "unknown"]
    code: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether asking again makes no sense."""
        return self.kind in ("taken", "refused", "rejected")


Fate = tuple[list[Letter], list[tuple[Letter, LetterEvent]]]
"""Letters as they are now, and what is to be told about which of them."""


def after(letter: Letter, outcome: Outcome, *, items: Sequence[Letter], in_doubt: InDoubt, now: datetime) -> Fate:
    """The letter, and all that lies in it if it is a digest, after one attempt."""
    if outcome.kind == "unknown" and in_doubt == "assume-sent":
        return _sent(letter, items, now=now, confirmed=False)
    if outcome.kind == "taken":
        return _sent(letter, items, now=now, confirmed=True)
    if outcome.kind == "refused":
        return _failed(letter, items, "address-refused", now=now)
    given_up = now - (letter.first_tried_at or now) >= GIVE_UP_AFTER
    if outcome.kind == "rejected" or given_up:
        return _failed(letter, items, "gave-up", now=now)
    again = replace(letter, status=Status.PLANNED, send_at=now + pause(letter.attempts))
    return [again, *(replace(item, status=Status.COLLECTED) for item in items)], []


def one_more_attempt(letter: Letter, *, now: datetime) -> Letter:
    """The letter with one more attempt counted."""
    first = letter.first_tried_at or now
    return replace(letter, attempts=letter.attempts + 1, first_tried_at=first, status=Status.PLANNED)


def pause(attempts: int) -> timedelta:
    """How long to wait after that many attempts."""
    return RETRY_AFTER[min(max(attempts, 1), len(RETRY_AFTER)) - 1]


def _sent(letter: Letter, items: Sequence[Letter], *, now: datetime, confirmed: bool) -> Fate:
    language = letter.language or "en"
    whole, *lines = (
        replace(each, status=Status.SENT, done_at=now, confirmed=confirmed, language=language)
        for each in (letter, *items)
    )
    told = [(line, telling.sent(line, language, in_digest=whole.id)) for line in lines]
    return [whole, *lines], [(whole, telling.sent(whole, language)), *told]


def _failed(letter: Letter, items: Sequence[Letter], reason: Failure, *, now: datetime) -> Fate:
    lost = [replace(each, status=Status.FAILED, reason=reason, done_at=now) for each in (letter, *items)]
    return lost, [(each, telling.failed(each, reason)) for each in lost]
