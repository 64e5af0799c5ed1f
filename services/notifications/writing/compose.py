"""A letter's facts become words, for one reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contracts.event import PersonId
from services.notifications.domain.digest import by_section
from services.notifications.domain.letter import Letter
from services.notifications.domain.recipient import Recipient
from services.notifications.writing.clean import clean
from services.notifications.writing.language import Language, choose, languages
from services.notifications.writing.page import Line, Link, Listing, Page
from services.notifications.writing.phrases import Reader


@dataclass(frozen=True)
class Known:
    """What letters mention: people by id, programs by id, and what lies in each digest."""

    people: Mapping[PersonId, Recipient]
    programs: Mapping[UUID, str] = field(default_factory=dict)
    items: Mapping[UUID, tuple[Letter, ...]] = field(default_factory=dict)


def language_of(to: Recipient) -> Language:
    """The language to write to somebody in."""
    known = languages()
    return known[choose(to.languages, preferred=to.preferences.language, known=known)]


def compose(letter: Letter, known: Known, *, base_url: str | None) -> Page:
    """The letter in its reader's words. It is made at the moment it is sent, from what is known then."""
    to = known.people[letter.person_id]
    reader = Reader(language_of(to), to.zone)
    items = known.items.get(letter.id, ())
    facts = facts_of(letter, known, reader) | {"count": len(items)}
    phrases = reader.language.phrase("letters", letter.template)
    return Page(
        language=reader.language.tag,
        subject=clean(reader.fill(phrases["subject"], facts)),
        greeting=reader.say("common", "greeting", **facts),
        opening=_paragraphs(reader, phrases["opening"], facts),
        listings=_sections(items, known, reader, base_url) if items else _reasons(reader, phrases["list"], facts),
        closing=_paragraphs(reader, phrases["closing"], facts),
        action=_link(reader.fill(phrases["action"], facts), letter, base_url),
        footer=_footer(letter, items, known, reader),
        preferences=_preferences(reader, to, base_url),
    )


def _footer(letter: Letter, items: tuple[Letter, ...], known: Known, reader: Reader) -> str:
    """Why somebody gets it: they take part, or they look after a webhook and may take part in nothing."""
    if letter.template == "webhook-paused":
        return reader.say("common", "footer_of_owner")
    return reader.say("common", "footer", program=_program_of(items or (letter,), known, reader))


def facts_of(letter: Letter, known: Known, reader: Reader) -> dict[str, Any]:
    """What the phrases of a letter may mention."""
    draft = letter.draft
    partner = known.people.get(draft.partner_id) if draft.partner_id else None
    return {
        **draft.facts,
        "name": clean(known.people[letter.person_id].name or ""),
        "partner": clean((partner and partner.name) or draft.partner_id or ""),
        "partner_email": clean((partner and partner.email) or ""),
        "program": _program_of((letter,), known, reader),
    }


def _paragraphs(reader: Reader, phrases: list[str], facts: dict[str, Any]) -> tuple[str, ...]:
    return tuple(filled for phrase in phrases if (filled := reader.fill(phrase, facts)))


def _reasons(reader: Reader, heading: str, facts: dict[str, Any]) -> tuple[Listing, ...]:
    """Why these two, from the reader's side; a reason that our files have no words for is left out."""
    words = reader.language.phrase("reasons", facts["side"]) if facts.get("reasons") else {}
    lines = tuple(
        Line(reader.fill(words[reason["part"]], facts | {"facts": reason["facts"]}))
        for reason in facts.get("reasons", ())
        if reason["part"] in words
    )
    return (Listing(heading, lines),) if lines else ()


def _sections(items: tuple[Letter, ...], known: Known, reader: Reader, base_url: str | None) -> tuple[Listing, ...]:
    return tuple(
        Listing(
            reader.say("sections", section),
            tuple(Line(_line(item, known, reader), _url(item.draft.facts.get("link"), base_url)) for item in of_it),
        )
        for section, of_it in by_section(items)
    )


def _line(item: Letter, known: Known, reader: Reader) -> str:
    return reader.say("letters", item.template, "line", **facts_of(item, known, reader))


def _program_of(letters: tuple[Letter, ...], known: Known, reader: Reader) -> str:
    """The program they are about; a general word where there are several or it has no name yet."""
    names = {known.programs.get(letter.draft.program_id) for letter in letters if letter.draft.program_id}
    name = names.pop() if len(names) == 1 else None
    return clean(name) if name else reader.say("common", "some_program")


def _link(label: str, letter: Letter, base_url: str | None) -> Link | None:
    url = _url(letter.draft.facts.get("link"), base_url)
    return Link(label, url) if label and url else None


def _preferences(reader: Reader, to: Recipient, base_url: str | None) -> Link | None:
    url = _url(f"people/{to.person_id}/preferences", base_url)
    return Link(reader.say("common", "preferences"), url) if url else None


def _url(path: str | None, base_url: str | None) -> str | None:
    return f"{base_url.rstrip('/')}/{path}" if path and base_url else None
