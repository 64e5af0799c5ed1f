"""What a restored database does with events of ours that it does not know: others have heard them and acted."""

from datetime import datetime

from chassis import outbox
from chassis.db import Tx
from contracts.matching import (
    MatchAccepted,
    MatchEvent,
    MatchProposed,
    MatchWithdrawn,
    ProgramClosed,
    ProgramEvent,
    ShortlistUpdated,
)
from services.matching.domain import offers
from services.matching.domain.program import standing
from services.matching.domain.shortlist import news
from services.matching.handlers import saving
from services.matching.store import matches, people, programs, seats, shortlists


async def say_program_again(tx: Tx, event: ProgramEvent, *, now: datetime) -> None:
    """Tells the program as it is. One that was opened since is closed: nobody looks after it."""
    program = await programs.find(tx, event.program_id)
    closed = ProgramClosed(program_id=event.program_id, policy_version=event.policy_version, policy=event.policy)
    await outbox.tell(tx, [standing(program) if program else closed], now=now)


async def say_shortlist_again(tx: Tx, event: ShortlistUpdated, *, now: datetime) -> None:
    """Tells the list as it is, or that there is none."""
    program = await programs.find(tx, event.program_id)
    kept = await shortlists.find(tx, event.program_id, event.mentee_id)
    told = news(program, event.mentee_id, kept.entries) if program and kept else event.model_copy(update=_NOBODY)
    await outbox.tell(tx, [told], now=now)


_NOBODY = {"mentors": ()}


async def call_off(tx: Tx, event: MatchProposed, *, now: datetime) -> None:
    """An offer that we know nothing of is taken back: nobody could answer it."""
    if await matches.find(tx, event.match_id) is None:
        ids = {name: getattr(event, name) for name in MatchEvent.model_fields}
        await outbox.tell(tx, [MatchWithdrawn(**ids, reason="by-coordinator")], now=now)


async def take_up(tx: Tx, event: MatchEvent, *, now: datetime) -> None:
    """What was told of an offer is so: two people have heard it, and may work together already."""
    await people.lock(tx, (event.mentee_id, event.mentor_id))
    match = await matches.lock(tx, event.match_id)
    if match is None:
        return
    then = offers.as_told(match, event, now=now)
    if then == match:
        return
    if isinstance(event, MatchAccepted) and not match.reserves_a_seat:
        await seats.take(tx, [(event.mentor_id, event.match_id)])
    await saving.save(tx, [(then, [event])], now=now)
