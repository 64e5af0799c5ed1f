"""A meeting for people's calendars: RFC 5545, sent as RFC 6047 says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText

from services.notifications.domain.letter import Letter


@dataclass(frozen=True)
class Person:
    """Somebody in a calendar entry."""

    name: str
    email: str


@dataclass(frozen=True)
class Invitation:
    """A calendar entry, and what to do with it."""

    method: str
    content: bytes


def invitation(
    letter: Letter, *, title: str, organizer: Person, attendees: tuple[Person, ...], host: str, now: datetime
) -> Invitation:
    """REQUEST puts the meeting into the calendar or moves it, CANCEL takes it out.

    The UID belongs to the meeting and the SEQUENCE rises with each change, so a calendar knows what is newer.
    """
    cancelled = letter.template == "meeting-cancelled"
    calendar = Calendar()
    calendar.add("prodid", "-//Mentoring platform//Letters//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "REQUEST")
    event = _event(letter.draft.facts, host=host, now=now)
    event.add("summary", title)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event["organizer"] = _address(organizer)
    for person in attendees:
        event.add("attendee", _attendee(person), encode=False)
    calendar.add_component(event)
    return Invitation(str(calendar["method"]), calendar.to_ical())


def uid(meeting_id: UUID | str, host: str) -> str:
    """The same for every letter about a meeting."""
    return f"{meeting_id}@{host}"


def _event(facts: Mapping[str, Any], *, host: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", uid(facts["meeting_id"], host))
    event.add("sequence", facts["revision"])
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", datetime.fromisoformat(facts["starts_at"]).astimezone(UTC))
    event.add("dtend", datetime.fromisoformat(facts["ends_at"]).astimezone(UTC))
    return event


def _address(person: Person) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.email}")
    # A parameter cannot carry a quotation mark at all.
    address.params["cn"] = vText(person.name.replace('"', "'"))
    return address


def _attendee(person: Person) -> vCalAddress:
    address = _address(person)
    address.params["role"] = vText("REQ-PARTICIPANT")
    address.params["rsvp"] = vText("FALSE")
    return address
