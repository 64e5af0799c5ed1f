"""A person, and what may become of them: they enter, change, leave, and may come back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from chassis.errors import Forbidden
from contracts.event import Event
from contracts.profiles import ContactUpdated, PersonLeft, ProfileUpdated
from services.hr_file.entry import Entry
from services.hr_file.profile import PROFILE_FIELDS, is_over, profile_of

_BESIDE_PROFILE = frozenset({"name", "email", "left_on"})
THEIR_OWN = frozenset(
    {"roles", "mentor_seats", "time_zone", "languages", "working_hours"}
    | {"skills", "wants", "goals", "path", "style", "avoid"}
)
"""What people may change about themselves; everything else is the directory's."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the directory. `gone`: they left; contact data stays until erasure."""

    profile: ProfileUpdated
    name: str
    email: str
    left_on: date | None = None
    gone: bool = False
    own: frozenset[str] = frozenset()
    """Fields they have set themselves: the HR file does not take these back."""
    version: int = 1

    @property
    def id(self) -> str:
        """The id in the HR directory."""
        return self.profile.person_id


def take_in(known: Person | None, entry: Entry, *, now: datetime) -> tuple[Person | None, list[Event]]:
    """Follows the directory: somebody enters, changes, leaves or comes back; or nothing changes.

    A field that the source does not speak of, and one the person has set, stays. Whoever had left before we
    knew them is not taken in.
    """
    own = known.own if known else frozenset()
    values = {field: value for field, value in entry.values.items() if field not in own}
    if _is_over(entry.left_on, values.get("time_zone") or known, now=now):
        return (known, []) if known is None or known.gone else leave(known, left_on=entry.left_on or now.date())
    if known is None:
        return _enter(entry)
    return _become(known, values, left_on=values.get("left_on", None if known.gone else known.left_on))


def _is_over(left_on: date | None, where: str | Person | None, *, now: datetime) -> bool:
    """Whether their last day has passed, in their own zone."""
    return is_over(left_on, where.profile.time_zone if isinstance(where, Person) else where or "UTC", now=now)


def _enter(entry: Entry) -> tuple[Person, list[Event]]:
    profile = profile_of(entry)
    person = Person(profile, entry.values["name"], entry.values["email"], entry.left_on)
    return person, [contact(person), profile]


def _become(known: Person, values: Mapping[str, Any], *, left_on: date | None) -> tuple[Person, list[Event]]:
    """The same person with these values. One who changed, or came back, tells one whole profile."""
    if not known.gone and left_on == known.left_on and all(_value(known, field) == values[field] for field in values):
        return known, []
    now_so = {field: getattr(known.profile, field) for field in PROFILE_FIELDS}
    given = {field: value for field, value in values.items() if field in PROFILE_FIELDS}
    person = replace(
        known,
        profile=ProfileUpdated(**{**now_so, **given}),
        name=values.get("name", known.name),
        email=values.get("email", known.email),
        left_on=left_on,
        gone=False,
        version=known.version + 1,
    )
    contact_changed = (person.name, person.email) != (known.name, known.email)
    return person, [*([contact(person)] if contact_changed else []), person.profile]


def contact(person: Person) -> ContactUpdated:
    """How to write to them, as it is told."""
    return ContactUpdated(person_id=person.id, name=person.name, email=person.email)


def change(
    known: Person, values: Mapping[str, Any], *, by_themselves: bool, now: datetime
) -> tuple[Person, list[Event]]:
    """Sets these fields. People change what is theirs, and it stays theirs; the directory changes everything."""
    if by_themselves:
        _check_own(known, values)
        set_now = {field for field, value in values.items() if _value(known, field) != value}
        started = replace(known, own=known.own | set_now)
    elif _is_over(values.get("left_on"), known, now=now):
        return leave(known, left_on=values["left_on"])
    else:
        started = replace(known, own=known.own - set(values))
    person, events = _become(started, values, left_on=values.get("left_on", known.left_on))
    return (person, events) if events else (known, [])


def _value(person: Person, field: str) -> Any:
    return getattr(person if field in _BESIDE_PROFILE else person.profile, field)


def _check_own(known: Person, values: Mapping[str, Any]) -> None:
    theirs = sorted(field for field in values if field not in THEIR_OWN and _value(known, field) != values[field])
    if theirs:
        raise Forbidden(f"{', '.join(theirs)} can only be changed in the HR directory; ask your HR department")
    said = {skill.skill: (skill.level, skill.evidence) for skill in known.profile.skills}
    for skill in values.get("skills", ()):
        if skill.evidence != "self" and said.get(skill.skill) != (skill.level, skill.evidence):
            raise Forbidden(f"nobody can call their own `{skill.skill}` {skill.evidence}; leave the evidence at `self`")


def leave(known: Person, *, left_on: date) -> tuple[Person, list[Event]]:
    """They leave the company. Leaving twice changes nothing."""
    if known.gone:
        return known, []
    gone = replace(known, gone=True, left_on=left_on, version=known.version + 1)
    return gone, [PersonLeft(person_id=known.id, left_on=left_on)]


def standing(known: Person) -> Event:
    """What the topic of people should say of them last."""
    if known.gone and known.left_on:
        return PersonLeft(person_id=known.id, left_on=known.left_on)
    return known.profile


def leave_when_due(known: Person, *, now: datetime) -> tuple[Person, list[Event]]:
    """The end of their last day, if it still is their last day."""
    if known.gone or known.left_on is None or not _is_over(known.left_on, known, now=now):
        return known, []
    return leave(known, left_on=known.left_on)
