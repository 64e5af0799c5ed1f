"""Saving offers with everything that hangs on them: seats, timers, successors, events."""

from collections.abc import Sequence
from datetime import datetime

from chassis import outbox, timers
from chassis.db import Tx
from services.matching.domain import offers
from services.matching.domain.match import Match, State
from services.matching.store import matches, replacements, seats

LAPSES, REMINDER, NEXT_CANDIDATES = "offer-lapses", "offer-reminder", "next-candidates"
HOLDING = frozenset({State.PROPOSED, State.ACCEPTED})


async def save_new(tx: Tx, decided: Sequence[offers.Decided], *, now: datetime) -> None:
    """Saves and tells new offers; those that reserve a seat take it (the caller has locked the mentors)."""
    new = [match for match, _ in decided]
    await matches.insert(tx, new)
    await seats.take(tx, [(m.mentor.person_id, m.match_id) for m in new if m.reserves_a_seat])
    for match in new:
        await _set_timers(tx, match)
    await _tell(tx, decided, now=now)


async def save(tx: Tx, decided: Sequence[offers.Decided], *, now: datetime) -> None:
    """Saves and tells what became of offers. Seats, timers and successors follow from the state."""
    changed = [match for match, _ in decided]
    await matches.update(tx, changed)
    if over := [match.match_id for match in changed if match.state not in HOLDING]:
        await seats.free(tx, over)
    for match in changed:
        await _set_timers(tx, match)
    if followed := [match for match in changed if offers.needs_a_successor(match)]:
        await replacements.ask_for(tx, followed, now=now)
        tx.after_commit(NEXT_CANDIDATES)
    await _tell(tx, decided, now=now)


async def save_change(tx: Tx, before: Match, decided: offers.Decided, *, now: datetime) -> Match:
    """Saves what became of one offer; a decision that changed nothing writes nothing."""
    if decided[0] != before:
        await save(tx, [decided], now=now)
    return decided[0]


async def _tell(tx: Tx, decided: Sequence[offers.Decided], *, now: datetime) -> None:
    await outbox.tell(tx, [event for _, events in decided for event in events], now=now)


async def _set_timers(tx: Tx, match: Match) -> None:
    key, is_open = str(match.match_id), match.state is State.PROPOSED
    reminder = match.next_reminder_at if is_open else None
    await _set_or_cancel(tx, LAPSES, key, match.expires_at if is_open else None)
    await _set_or_cancel(tx, REMINDER, key, reminder)


async def _set_or_cancel(tx: Tx, kind: str, key: str, due_at: datetime | None) -> None:
    if due_at is None:
        await timers.cancel(tx, kind, key)
    else:
        await timers.set(tx, kind, key, due_at)
