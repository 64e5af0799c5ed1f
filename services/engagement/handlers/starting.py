"""A pair begins."""

from datetime import datetime

from chassis import outbox, timers
from chassis.db import Tx
from contracts.matching import MatchAccepted
from services.engagement.domain.person import Person
from services.engagement.domain.relationship import Relationship, overdue_at, start
from services.engagement.domain.timer import Timer
from services.engagement.handlers.checking_in import plan_next
from services.engagement.handlers.closing import finish
from services.engagement.store import people, relationships


async def start_pair(tx: Tx, event: MatchAccepted, *, now: datetime) -> None:
    """Starts the relationship of a match, once, however often the match is heard.

    If one of them has left meanwhile it ends in the same breath, so that whoever counts on its end learns of it.
    """
    mentee, mentor = await _both(tx, event)
    relationship, events = start(event, mentee, mentor, now=now)
    if not await relationships.begin(tx, relationship):
        return
    await outbox.tell(tx, events, now=now)
    if mentee.has_left or mentor.has_left:
        await finish(tx, relationship, "person-left", now=now)
        return
    await _set_timers(tx, relationship)
    for person in (mentee, mentor):
        await plan_next(tx, relationship, person, after=None)


async def _both(tx: Tx, event: MatchAccepted) -> tuple[Person, Person]:
    """Mentee and mentor. Holding their rows makes whoever hears that one left or moved wait for this pair."""
    terms = event.terms
    zones = {event.mentee_id: terms.mentee_time_zone, event.mentor_id: terms.mentor_time_zone}
    await people.introduce(tx, [Person(person_id, zones[person_id]) for person_id in sorted(zones)])
    known = await people.hold_people(tx, zones)
    return known[event.mentee_id], known[event.mentor_id]


async def _set_timers(tx: Tx, relationship: Relationship) -> None:
    key = str(relationship.id)
    await timers.set(tx, Timer.AGREEMENT_DUE, key, relationship.agreement_due_at)
    await timers.set(tx, Timer.AGREEMENT_OVERDUE, key, overdue_at(relationship))
    await timers.set(tx, Timer.RELATIONSHIP_ENDS, key, relationship.closes_at)
