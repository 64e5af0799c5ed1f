"""What the service can do with people: take them in, change them, let them go."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from chassis import outbox, timers
from chassis.calendar import at_local, local_day
from chassis.db import Tx
from chassis.errors import Invalid, NotFound
from contracts.event import Event
from services.hr_file.entry import Entry
from services.profiles import store
from services.profiles.domain import person as people
from services.profiles.domain.person import Person

LEAVES = "person-leaves"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of some entries."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


async def take_in(tx: Tx, entries: Collection[Entry], *, now: datetime) -> Taken:
    """Follows the directory for these people, each named once. Who did not change is neither written nor told."""
    known = await store.lock_people(tx, [entry.person_id for entry in entries])
    saved: list[Person] = []
    events: list[Event] = []
    for entry in entries:
        person, told = people.take_in(known.get(entry.person_id), entry, now=now)
        if person and person != known.get(entry.person_id):
            saved.append(person)
            events += told
    await _save(tx, saved, events, now=now)
    added = sum(person.id not in known for person in saved)
    return Taken(added, len(saved) - added, len(entries) - len(saved))


async def put_person(tx: Tx, entry: Entry, *, now: datetime) -> Person:
    """Somebody is now as this says: a new person, or a known one changed by the directory."""
    await _check_manager(tx, entry.person_id, entry.values)
    known = (await store.lock_people(tx, [entry.person_id])).get(entry.person_id)
    # Unlike the nightly file, this speaks on purpose: it also sets what they had set themselves.
    person, events = people.take_in(replace(known, own=frozenset()) if known else None, entry, now=now)
    if person is None:
        raise Invalid("this day has passed; whoever has left is not taken in", field="left_on")
    return await _saved(tx, known, person, events, now=now)


async def change_person(
    tx: Tx, known: Person, values: Mapping[str, Any], *, by_themselves: bool, now: datetime
) -> Person:
    """Changes some fields of somebody whom `lock_person` gave."""
    if values.get("manager_id") != known.profile.manager_id:
        await _check_manager(tx, known.id, values)
    person, events = people.change(known, values, by_themselves=by_themselves, now=now)
    return await _saved(tx, known, person, events, now=now)


async def let_go(tx: Tx, person_id: str, *, now: datetime) -> Person:
    """They leave the company, today."""
    known = await lock_person(tx, person_id)
    person, events = people.leave(known, left_on=local_day(now, known.profile.time_zone))
    return await _saved(tx, known, person, events, now=now)


async def end_last_day(tx: Tx, key: str, *, now: datetime) -> None:
    """The announced last day of somebody may be over; a directory that changed its mind is left alone."""
    known = (await store.lock_people(tx, [key])).get(key)
    if known is not None:
        person, events = people.leave_when_due(known, now=now)
        await _saved(tx, known, person, events, now=now)


async def lock_person(tx: Tx, person_id: str) -> Person:
    """Somebody, held until the commit."""
    known = (await store.lock_people(tx, [person_id])).get(person_id)
    if known is None:
        raise NotFound(f"nobody has the id {person_id}")
    return known


async def _check_manager(tx: Tx, person_id: str, values: Mapping[str, Any]) -> None:
    manager_id = values.get("manager_id")
    if manager_id is None:
        return
    above = await store.line_above(tx, manager_id)
    if not above:
        raise Invalid(f"nobody has the id {manager_id}; enter the manager first", field="manager_id")
    if person_id in above:
        raise Invalid(
            f"{manager_id} reports to {person_id}, directly or not; that would be a circle", field="manager_id"
        )


async def follow(tx: Tx, known: Person, decided: tuple[Person, list[Event]], *, now: datetime) -> None:
    """Saves and tells what was decided about somebody whom the caller holds."""
    await _saved(tx, known, *decided, now=now)


async def _saved(tx: Tx, known: Person | None, person: Person, events: list[Event], *, now: datetime) -> Person:
    await _save(tx, [person] if person != known else [], events, now=now)
    return person


async def _save(tx: Tx, saved: list[Person], events: list[Event], *, now: datetime) -> None:
    if not saved:
        return
    await store.save_people(tx, saved, now=now)
    for person in saved:
        if person.left_on and not person.gone:
            after = at_local(person.left_on + timedelta(days=1), time.min, person.profile.time_zone)
            await timers.set(tx, LEAVES, person.id, after)
    await outbox.tell(tx, events, now=now)
