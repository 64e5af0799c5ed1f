"""Both sides say what they want, and agree or hear where they differ."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis import outbox, timers
from chassis.db import Tx
from contracts.engagement import Agreement, RelationshipId
from contracts.event import PersonId
from services.engagement.domain import agreement
from services.engagement.domain.relationship import Relationship, closing_of
from services.engagement.domain.task import Kind, agreement_overdue
from services.engagement.domain.timer import Timer
from services.engagement.handlers.checking_in import plan_anew
from services.engagement.store import agreements, people, relationships, tasks


async def fill_agreement(
    tx: Tx, relationship_id: RelationshipId, wish: Agreement, *, by: PersonId, now: datetime
) -> Relationship:
    """Takes one side's wish; if both want the same now, the agreement takes effect."""
    relationship = await relationships.lock_own(tx, relationship_id, by)
    sides = await agreements.sides_of(tx, relationship_id)
    relationship, sides, events = agreement.fill(relationship, sides, wish, by=by, now=now)
    await agreements.save_sides(tx, relationship_id, sides)
    await outbox.tell(tx, events, now=now)
    return await _take_effect(tx, relationship, now) if relationship.signed_at else relationship


async def _take_effect(tx: Tx, relationship: Relationship, now: datetime) -> Relationship:
    """The agreed length sets the end; what hangs on it moves along, and nobody needs reminding any more."""
    known = await people.people_of(tx, relationship.sides)
    mentee, mentor = (known[person_id] for person_id in relationship.sides)
    signed = replace(relationship, closes_at=closing_of(relationship.ends_on, mentee, mentor))
    await relationships.save(tx, signed)
    await tasks.settle(tx, signed.id, kind=Kind.AGREEMENT_OVERDUE, now=now)
    await timers.cancel(tx, Timer.AGREEMENT_DUE, str(signed.id))
    await timers.cancel(tx, Timer.AGREEMENT_OVERDUE, str(signed.id))
    await timers.set(tx, Timer.RELATIONSHIP_ENDS, str(signed.id), signed.closes_at)
    for person in (mentee, mentor):
        await plan_anew(tx, signed, person)
    return signed


async def remind_to_agree(tx: Tx, key: str, *, now: datetime) -> None:
    """The time to agree is over."""
    relationship = await relationships.lock(tx, UUID(key))
    await outbox.tell(tx, agreement.remind(relationship), now=now)


async def hand_over_agreement(tx: Tx, key: str, *, now: datetime) -> None:
    """Twice that time is over: the coordinator should look at it."""
    relationship = await relationships.lock(tx, UUID(key))
    task = agreement_overdue(relationship, now=now)
    if task:
        await tasks.add_task(tx, task)
