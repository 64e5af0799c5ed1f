"""Each side is asked how it goes, and answers or misses it."""

from datetime import datetime
from uuid import UUID

from chassis import outbox, timers
from chassis.db import Tx
from contracts.engagement import CheckinId
from contracts.event import PersonId
from services.engagement.domain import checkin as domain
from services.engagement.domain.checkin import Answer, Checkin
from services.engagement.domain.errors import NoSuchCheckin
from services.engagement.domain.person import Person
from services.engagement.domain.relationship import Relationship
from services.engagement.domain.schedule import Slot, next_checkin
from services.engagement.domain.task import Kind, checkins_missed
from services.engagement.domain.timer import Timer
from services.engagement.store import checkins, notes, people, programs, relationships, tasks
from services.engagement.store.notes import Note


async def plan_next(tx: Tx, relationship: Relationship, person: Person, *, after: Slot | None) -> None:
    """Plans the check-in after the last one asked, when none is planned yet."""
    checkin = _next(relationship, person, after)
    if checkin:
        await checkins.save_checkin(tx, checkin)
        await timers.set(tx, Timer.CHECKIN_DUE, str(checkin.id), checkin.slot.due_at)


async def plan_anew(tx: Tx, relationship: Relationship, person: Person) -> None:
    """Adds, moves or drops the person's next check-in as needed. Doing it again changes nothing."""
    asked = await checkins.last_asked(tx, relationship.id, person.id)
    old = await checkins.planned(tx, relationship.id, person.id)
    if old == _next(relationship, person, asked):
        return
    if old:
        await checkins.drop_planned(tx, old.id)
        await timers.cancel(tx, Timer.CHECKIN_DUE, str(old.id))
    await plan_next(tx, relationship, person, after=asked)


def _next(relationship: Relationship, person: Person, after: Slot | None) -> Checkin | None:
    slot = next_checkin(relationship.starts_on, relationship.ends_on, relationship.cadence, person, after=after)
    return domain.plan(relationship, person.id, slot) if slot else None


async def ask_checkin(tx: Tx, key: str, *, now: datetime) -> None:
    """Asks one person how it goes, and plans their next check-in."""
    found = await _still_there(tx, UUID(key))
    if found is None:
        return
    relationship, checkin = found
    if now < checkin.slot.due_at:  # moved while this timer was being fired
        await timers.set(tx, Timer.CHECKIN_DUE, key, checkin.slot.due_at)
        return
    asked, events = domain.ask(relationship, checkin)
    if not events:
        return
    await checkins.save_checkin(tx, asked)
    await timers.set(tx, Timer.CHECKIN_MISSED, key, asked.answer_by_at)
    known = await people.people_of(tx, [asked.person_id])
    await plan_next(tx, relationship, known[asked.person_id], after=asked.slot)
    await outbox.tell(tx, events, now=now)


async def answer_checkin(tx: Tx, checkin_id: CheckinId, answer: Answer, *, by: PersonId, now: datetime) -> Checkin:
    """Takes somebody's answer; the private part is kept apart, for the coordinators by name."""
    relationship = await relationships.lock_by_checkin(tx, checkin_id, of=by)
    checkin = await checkins.checkin(tx, checkin_id)
    upcoming = await checkins.planned(tx, relationship.id, by)
    checkin, events = domain.answer(relationship, checkin, upcoming.slot if upcoming else None, now=now)
    await checkins.save_answer(tx, checkin, answer)
    if answer.private:
        await _keep_private(tx, relationship, Note(checkin_id, by, answer.private, now))
    await timers.cancel(tx, Timer.CHECKIN_MISSED, str(checkin_id))
    await tasks.settle(tx, relationship.id, kind=Kind.CHECKINS_MISSED, person_id=by, now=now)
    await outbox.tell(tx, events, now=now)
    return checkin


async def _keep_private(tx: Tx, relationship: Relationship, note: Note) -> None:
    known = await people.people_of(tx, [note.person_id])
    coordinators = await programs.coordinators_of(tx, relationship.program_id)
    addressed_to = domain.readers(coordinators, relationship, known[note.person_id])
    await notes.keep_note(tx, relationship.id, note, addressed_to=addressed_to)


async def miss_checkin(tx: Tx, key: str, *, now: datetime) -> None:
    """The grace is over; the second miss in a row becomes a task for the coordinator."""
    found = await _still_there(tx, UUID(key))
    if found is None:
        return
    relationship, checkin = found
    before = await checkins.endings_before(tx, checkin)
    missed, in_a_row, events = domain.miss(relationship, checkin, before)
    await checkins.save_checkin(tx, missed)
    task = checkins_missed(relationship, missed.person_id, missed.id, in_a_row, now=now)
    if task:
        await tasks.add_task(tx, task)
    await outbox.tell(tx, events, now=now)


async def _still_there(tx: Tx, checkin_id: CheckinId) -> tuple[Relationship, Checkin] | None:
    """A timer in hand may speak of a check-in that was just dropped."""
    try:
        relationship = await relationships.lock_by_checkin(tx, checkin_id)
        return relationship, await checkins.checkin(tx, checkin_id)
    except NoSuchCheckin:
        return None
