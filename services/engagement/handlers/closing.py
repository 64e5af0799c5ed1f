"""A pair ends: somebody says so, its time is over, or one of them left the company."""

from datetime import datetime
from uuid import UUID

from chassis import outbox, timers
from chassis.db import Tx
from contracts.engagement import Ending, RelationshipId
from contracts.event import PersonId
from contracts.matching import MatchWithdrawn
from contracts.profiles import PersonLeft
from services.engagement.domain import meeting as meeting_domain
from services.engagement.domain.relationship import Relationship, close
from services.engagement.domain.timer import OF_A_CHECKIN, OF_A_RELATIONSHIP, Timer
from services.engagement.store import checkins, meetings, people, relationships, tasks


async def close_by_person(tx: Tx, relationship_id: RelationshipId, *, by: PersonId, now: datetime) -> Relationship:
    """Either side ends it: one action, without fault. Who it was is neither told nor kept."""
    relationship = await relationships.lock_own(tx, relationship_id, by)
    return await finish(tx, relationship, "ended", now=now)


async def close_completed(tx: Tx, key: str, *, now: datetime) -> None:
    """The time of a pair, and the week after it, are over."""
    relationship = await relationships.lock(tx, UUID(key))
    if relationship.closed_at is not None:
        return
    if now < relationship.closes_at:  # moved while this timer was being fired
        await timers.set(tx, Timer.RELATIONSHIP_ENDS, key, relationship.closes_at)
        return
    await finish(tx, relationship, "completed", now=now)


async def let_go(tx: Tx, event: PersonLeft, *, now: datetime) -> None:
    """Ends the running relationships of somebody who left the company, unless they have come back since."""
    if tx.heard is None or not await people.mark_left(tx, event.person_id, sequence=tx.heard.sequence):
        return
    for relationship in await relationships.lock_running_of(tx, [event.person_id]):
        await finish(tx, relationship, "person-left", now=now)


async def call_off(tx: Tx, event: MatchWithdrawn, *, now: datetime) -> None:
    """An offer is withdrawn that had led to a pair: matching was restored to before it, and knows of neither."""
    relationship = await relationships.find_of_match(tx, event.match_id)
    if relationship is not None and relationship.closed_at is None:
        await finish(tx, relationship, "ended", now=now)


async def finish(tx: Tx, relationship: Relationship, reason: Ending, *, now: datetime) -> Relationship:
    """Ends a running relationship and everything that was still to come in it."""
    relationship.must_run()
    cancelled = []
    for meeting in await meetings.upcoming(tx, relationship.id, after=now):
        no_meeting, _ = meeting_domain.cancel(relationship, meeting)
        await meetings.save_meeting(tx, no_meeting)
        cancelled.append(meeting_domain.cancellation(relationship, no_meeting))
    closed, events = close(relationship, reason, cancelled, now=now)
    await relationships.save(tx, closed)
    await _stop_asking(tx, closed, now)
    await outbox.tell(tx, events, now=now)
    return closed


async def _stop_asking(tx: Tx, closed: Relationship, now: datetime) -> None:
    for checkin_id in await checkins.call_off(tx, closed.id):
        for kind in OF_A_CHECKIN:
            await timers.cancel(tx, kind, str(checkin_id))
    for kind in OF_A_RELATIONSHIP:
        await timers.cancel(tx, kind, str(closed.id))
    await tasks.settle(tx, closed.id, now=now)
