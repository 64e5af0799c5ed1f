"""Letters to write and letters that are no longer true: what every other handler here comes down to."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast, get_args

from chassis import outbox, tracing
from chassis.db import Tx
from chassis.envelope import Context
from contracts.event import PersonId
from contracts.notifications import LetterEvent, Suppression
from services.notifications.domain import telling
from services.notifications.domain.letter import Cause, Draft, Letter, Status, begin
from services.notifications.domain.planning import plan, plan_anew
from services.notifications.domain.recipient import Recipient
from services.notifications.handlers.recalling import gone_before
from services.notifications.store import letters as store
from services.notifications.store import people

SENDER = "letters"
"""The job that sends what is due."""
AT_ONCE = timedelta(minutes=5)
"""What comes later than this does not go on with the trace that planned a letter: nobody reads one that lasts days."""


async def write(tx: Tx, drafts: Sequence[Draft], *, now: datetime) -> None:
    """Plans one letter per draft, once; an earlier one about the same matter that is not out yet gives way."""
    cause = _cause(tx)
    known = await people.recipients(tx, _mentioned(drafts))
    planned = [_plan(begin(draft, cause, now=now), known, now) for draft in drafts]
    added = await gone_before(tx, await store.add(tx, planned), now=now)
    await _replace_earlier(tx, [each for each in added if each.status is not Status.SUPPRESSED], now=now)
    await tell_suppressed(tx, added, now=now)
    tx.after_commit(SENDER)


async def outdate(tx: Tx, letters: Iterable[Letter], *, now: datetime) -> None:
    """Holds these back for good: what they say is no longer so."""
    over = [replace(each, status=Status.SUPPRESSED, reason="outdated", send_at=None, done_at=now) for each in letters]
    if over:
        await store.save(tx, over)
        await tell_suppressed(tx, over, now=now)


async def outdate_matter(tx: Tx, matter: str, *, now: datetime) -> None:
    """Holds back all open letters about a matter."""
    await outdate(tx, await store.lock_open_of_matter(tx, matter, person_ids=None), now=now)


async def plan_open_ones_anew(tx: Tx, person_ids: Collection[PersonId], *, now: datetime) -> None:
    """Something about these people changed: their open letters may go now, later, or not at all."""
    open_ones = await store.lock_open_touched_by(tx, person_ids)
    if not open_ones:
        return
    known = await people.recipients(tx, _mentioned(letter.draft for letter in open_ones))
    planned = [
        plan_anew(letter, known[letter.person_id], partner_known=_partner_known(letter, known), now=now)
        for letter in open_ones
    ]
    changed = [new for new, old in zip(planned, open_ones, strict=True) if new != old]
    await store.save(tx, changed)
    await tell_suppressed(tx, changed, now=now)
    tx.after_commit(SENDER)


async def tell_suppressed(tx: Tx, letters: Iterable[Letter], *, now: datetime) -> None:
    """Tells which of these are held back for good."""
    held = [each for each in letters if each.status is Status.SUPPRESSED]
    told = [(each, telling.suppressed(each, _reason(each))) for each in held]
    await tell(tx, [(apart(tx, letter, now=now), event) for letter, event in told], now=now)


def apart(tx: Tx, letter: Letter, *, now: datetime) -> Letter:
    """The letter, of which what is told now belongs to the present trace, if the one that planned it is long over."""
    if not tracing.is_on() or now - letter.planned_at <= AT_ONCE:
        return letter
    return replace(letter, cause=replace(letter.cause, traceparent=tx.context.traceparent))


async def tell(tx: Tx, told: Iterable[tuple[Letter, LetterEvent]], *, now: datetime) -> None:
    """Tells each event as a part of the story that its letter belongs to, whatever is being handled."""
    handled = tx.context
    for letter, event in told:
        cause = letter.cause
        tx.context = Context(cause.correlation_id, cause.event_id, cause.traceparent)
        await outbox.tell(tx, [event], now=now)
    tx.context = handled


async def _replace_earlier(tx: Tx, letters: Sequence[Letter], *, now: datetime) -> None:
    new = {each.id for each in letters}
    for matter in sorted({each.draft.matter for each in letters}):
        people_of_it = {each.person_id for each in letters if each.draft.matter == matter}
        earlier = await store.lock_open_of_matter(tx, matter, person_ids=people_of_it)
        await outdate(tx, [each for each in earlier if each.id not in new], now=now)


def _plan(letter: Letter, known: dict[PersonId, Recipient], now: datetime) -> Letter:
    return plan(letter, known[letter.person_id], partner_known=_partner_known(letter, known), now=now)


def _partner_known(letter: Letter, known: dict[PersonId, Recipient]) -> bool:
    partner = letter.draft.partner_id
    return partner is None or known[partner].name is not None


def _mentioned(drafts: Iterable[Draft]) -> set[PersonId]:
    return {who for draft in drafts for who in (draft.person_id, draft.partner_id) if who is not None}


def _cause(tx: Tx) -> Cause:
    heard = tx.heard
    if heard is None:
        raise LookupError("a letter needs an event that led to it")
    return Cause(
        event_id=heard.id,
        happened_at=heard.time,
        correlation_id=heard.context.correlation_id,
        traceparent=tx.context.traceparent,
    )


def _reason(letter: Letter) -> Suppression:
    for reason in get_args(Suppression):
        if letter.reason == reason:
            return cast("Suppression", reason)
    raise ValueError(f"a letter is not held back because of {letter.reason}")
