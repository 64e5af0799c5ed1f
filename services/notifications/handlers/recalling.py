"""Letters that went out before the database was restored: nobody gets them a second time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chassis import told_before
from chassis.db import Tx
from contracts.notifications import LetterSent
from services.notifications.domain.letter import Letter, Status
from services.notifications.store import letters as store


async def gone_before(tx: Tx, due: Sequence[Letter], *, now: datetime) -> list[Letter]:
    """Gives what is due without those of which the topic says that they were sent.

    A letter's id comes from its cause, so it is the same letter though it was written anew.
    """
    sent = await told_before.claim(tx, LetterSent, [str(letter.id) for letter in due])
    if sent:
        gone = [letter for letter in due if str(letter.id) in sent]
        await store.save(tx, [replace(each, status=Status.SENT, send_at=None, done_at=now) for each in gone])
    return [letter for letter in due if str(letter.id) not in sent]
