"""The sender's transactions: before the mail server is asked, and after."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from services.notifications.domain.budget import WEEK
from services.notifications.domain.digest import in_order
from services.notifications.domain.due import is_void, sort_out
from services.notifications.domain.fate import InDoubt, Outcome, after
from services.notifications.domain.letter import Letter
from services.notifications.handlers.letters import apart, outdate, tell
from services.notifications.store import letters as store
from services.notifications.store import people, programs, sending
from services.notifications.writing.compose import Known

MOST_LETTERS = 500
MOST_DIGESTS = 200


async def settle_doubts(tx: Tx, *, in_doubt: InDoubt, now: datetime) -> int:
    """Decides about letters that a sender before us handed over without hearing the answer; gives how many."""
    unknown = [(letter, Outcome("unknown")) for letter in await sending.lock_in_doubt(tx)]
    await _keep(tx, unknown, in_doubt=in_doubt, now=now)
    return len(unknown)


async def sort_out_due(tx: Tx, *, a_week: int, now: datetime) -> list[Letter]:
    """Takes what is due; gives what goes to the mail server."""
    due = await sending.lock_due(tx, now, limit=MOST_LETTERS)
    for_digest = await sending.lock_due_for_digest(tx, now, people=MOST_DIGESTS)
    to = {letter.person_id for letter in due}
    sorted_out = sort_out(
        due,
        for_digest,
        people=await people.recipients(tx, to),
        spent=await sending.spent(tx, to, now=now, window=WEEK),
        a_week=a_week,
        now=now,
    )
    digests = await store.add(tx, [digest.letter for digest in sorted_out.digests])
    lines = [line for digest in sorted_out.digests for line in digest.items]
    await store.save(tx, [*sorted_out.changed, *lines])
    await tell(tx, [(apart(tx, letter, now=now), event) for letter, event in sorted_out.told], now=now)
    return [*sorted_out.go, *digests]


async def look_up(tx: Tx, letters: Sequence[Letter], *, now: datetime) -> Known:
    """Whatever these letters mention; what is no longer true falls out of the digests."""
    lines = await _lines(tx, [each.id for each in letters if each.template == "digest"])
    over = [each for of_digest in lines.values() for each in of_digest if is_void(each, now)]
    await outdate(tx, over, now=now)
    items = {id_: in_order(each for each in of_digest if not is_void(each, now)) for id_, of_digest in lines.items()}
    mentioned = [*letters, *(line for of_digest in items.values() for line in of_digest)]
    drafts = [each.draft for each in mentioned]
    return Known(
        people=await people.recipients(
            tx, {who for draft in drafts for who in (draft.person_id, draft.partner_id) if who}
        ),
        programs=await programs.names(tx, {draft.program_id for draft in drafts if draft.program_id}),
        items=items,
    )


async def keep_outcomes(
    tx: Tx,
    tried: Sequence[tuple[Letter, Outcome]],
    *,
    handed_over: set[UUID],
    in_doubt: InDoubt,
    now: datetime,
) -> None:
    """Keeps what the mail server said. A letter that was overtaken before it was handed over stays held back."""
    still_open = {each.id for each in await store.lock(tx, [letter.id for letter, _ in tried])}
    ours = [pair for pair in tried if pair[0].id in handed_over or pair[0].id in still_open]
    await _keep(tx, ours, in_doubt=in_doubt, now=now)


async def drop_empty(tx: Tx, letter: Letter, *, now: datetime) -> None:
    """A digest of which nothing is left is not sent."""
    await outdate(tx, await store.lock(tx, [letter.id]), now=now)


async def _keep(tx: Tx, tried: Sequence[tuple[Letter, Outcome]], *, in_doubt: InDoubt, now: datetime) -> None:
    lines = await _lines(tx, [letter.id for letter, _ in tried if letter.template == "digest"])
    fates = [
        after(letter, outcome, items=_sent_with(letter, lines[letter.id]), in_doubt=in_doubt, now=now)
        for letter, outcome in tried
    ]
    await store.save(tx, [letter for changed, _ in fates for letter in changed])
    await tell(tx, [pair for _, told in fates for pair in told], now=now)


def _sent_with(digest: Letter, lines: Sequence[Letter]) -> list[Letter]:
    """What is told of a line goes on with the trace in which its digest was sent, not with one that is days old."""
    return [replace(line, cause=replace(line.cause, traceparent=digest.cause.traceparent)) for line in lines]


async def _lines(tx: Tx, digest_ids: Sequence[UUID]) -> dict[UUID, list[Letter]]:
    of_digest: dict[UUID, list[Letter]] = defaultdict(list)
    for line in await sending.lock_lines_of(tx, digest_ids) if digest_ids else []:
        if line.digest_id is not None:
            of_digest[line.digest_id].append(line)
    return of_digest
