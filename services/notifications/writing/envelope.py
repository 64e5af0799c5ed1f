"""A letter made ready for the mail server: who gets it, and its bytes."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.notifications.domain.letter import Letter
from services.notifications.writing.clean import clean, wire_form
from services.notifications.writing.compose import Known, compose, facts_of, language_of
from services.notifications.writing.invitation import Invitation, Person, invitation
from services.notifications.writing.message import Sender, message
from services.notifications.writing.phrases import Reader

WITH_CALENDAR = ("meeting-scheduled", "meeting-cancelled")


class NoUsableAddress(Exception):
    """Nobody can be written to at that address."""


@dataclass(frozen=True)
class Envelope:
    """What the mail server gets, and the letter as it was written."""

    letter: Letter
    address: str
    content: bytes


def put_into_envelope(letter: Letter, known: Known, *, sender: Sender, base_url: str | None, now: datetime) -> Envelope:
    """Writes the letter, in its reader's language of this moment."""
    to = known.people[letter.person_id]
    address = wire_form(to.email or "")
    if address is None:
        raise NoUsableAddress
    page = compose(letter, known, base_url=base_url)
    meetings = [each for each in (letter, *known.items.get(letter.id, ())) if each.template in WITH_CALENDAR]
    content = message(
        letter,
        page,
        sender=sender,
        name=clean(to.name or ""),
        address=address,
        invitations=tuple(_invitation(each, known, sender, now) for each in meetings),
        now=now,
    )
    return Envelope(replace(letter, language=page.language, subject=page.subject), address, content)


def _invitation(letter: Letter, known: Known, sender: Sender, now: datetime) -> Invitation:
    to = known.people[letter.person_id]
    facts = facts_of(letter, known, Reader(language_of(to), to.zone))
    pair = [to, known.people[letter.draft.partner_id]] if letter.draft.partner_id else [to]
    return invitation(
        letter,
        title=Reader(language_of(to), to.zone).say("common", "event_with", **facts),
        organizer=Person(sender.name, sender.address),
        attendees=tuple(
            Person(clean(who.name or ""), address) for who in pair if (address := wire_form(who.email or ""))
        ),
        host=sender.host,
        now=now,
    )
