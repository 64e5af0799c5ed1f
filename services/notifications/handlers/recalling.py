"""Letters that went out before the database was restored: nobody gets them a second time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chassis import outbox, told_before
from chassis.db import Tx
from contracts.notifications import LetterSent
from services.notifications.domain.letter import Letter, Status
from services.notifications.store import letters as store


async def has_gone(tx: Tx, event: LetterSent, *, now: datetime) -> None:
    """A letter that waits here went out."""
    waiting = await store.lock(tx, [event.letter_id])
    if waiting:
        await store.save(tx, [_sent(each, event.language, now) for each in waiting])
        await outbox.tell(tx, [event], now=now)


async def gone_before(tx: Tx, written: Sequence[Letter], *, now: datetime) -> list[Letter]:
    """Gives those of these new letters that have yet to go.

    A letter's id comes from its cause, so one that is written anew is known by what was told of it.
    """
    gone = await told_before.claim(tx, LetterSent, [str(letter.id) for letter in written])
    if gone:
        await store.save(tx, [_sent(each, None, now) for each in written if str(each.id) in gone])
    return [letter for letter in written if str(letter.id) not in gone]


def _sent(letter: Letter, language: str | None, now: datetime) -> Letter:
    return replace(letter, status=Status.SENT, send_at=None, reason=None, done_at=now, language=language)
