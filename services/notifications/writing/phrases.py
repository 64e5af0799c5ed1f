"""Phrases with the facts put in: dates in the reader's zone, lists and numbers as their language writes them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_decimal
from jinja2 import Environment, StrictUndefined, Template, pass_context
from jinja2.runtime import Context

from services.notifications.writing.language import Language

READER = "_reader"


class Reader:
    """Whose eyes a phrase is for: their language and their clock."""

    def __init__(self, language: Language, zone: str) -> None:
        self.language = language
        self.locale = Locale.parse(language.locale)
        self.zone = zone

    def say(self, *path: str, **facts: Any) -> str:
        """The phrase at that place of the language's file, with these facts."""
        return self.fill(self.language.phrase(*path), facts)

    def fill(self, phrase: str, facts: Mapping[str, Any]) -> str:
        """A phrase with these facts; a fact it needs and does not get is an error."""
        return _compiled(phrase).render({**facts, READER: self}).strip()

    def city(self) -> str:
        """The name of the reader's zone, short: `Berlin`."""
        return _city(self.zone, self.language.locale)


@cache
def _city(zone: str, locale: str) -> str:
    if "/" not in zone or zone.startswith("Etc/"):
        return zone.removeprefix("Etc/")
    return get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True)


@pass_context
def _moment(context: Context, instant: str) -> str:
    reader = _reader(context)
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(reader.zone))
    moment = format_datetime(local, reader.language.phrase("moment"), tzinfo=local.tzinfo, locale=reader.locale)
    return reader.say("in_zone", moment=moment, city=reader.city())


@pass_context
def _clock(context: Context, instant: str) -> str:
    reader = _reader(context)
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(reader.zone))
    return format_datetime(local, reader.language.phrase("clock"), tzinfo=local.tzinfo, locale=reader.locale)


@pass_context
def _day(context: Context, when: str) -> str:
    reader = _reader(context)
    day = (
        date.fromisoformat(when)
        if len(when) == len("2027-01-11")
        else datetime.fromisoformat(when).astimezone(ZoneInfo(reader.zone)).date()
    )
    return format_date(day, reader.language.phrase("day"), locale=reader.locale)


@pass_context
def _listed(context: Context, things: Sequence[str]) -> str:
    return format_list(list(things), locale=_reader(context).locale)


@pass_context
def _languages(context: Context, tags: Sequence[str]) -> str:
    names = _reader(context).locale.languages
    return _listed(context, [names.get(tag) or names.get(tag.split("-")[0]) or tag for tag in tags])


@pass_context
def _number(context: Context, number: str) -> str:
    return format_decimal(number, locale=_reader(context).locale)


@pass_context
def _words(context: Context, keys: str | Sequence[str], table: str) -> str:
    """Our word for a value, or a list of them."""
    words = _reader(context).language.phrase(table)
    return str(words[keys]) if isinstance(keys, str) else _listed(context, [words[key] for key in keys])


def _reader(context: Context) -> Reader:
    reader = context[READER]
    assert isinstance(reader, Reader)  # noqa: S101 - put there by `fill`, nobody else
    return reader


# Phrases are plain text. Whatever becomes HTML is escaped where the page is laid out, as a whole.
_PHRASES = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701
_PHRASES.filters |= {
    "moment": _moment,
    "clock": _clock,
    "day": _day,
    "listed": _listed,
    "languages": _languages,
    "number": _number,
    "words": _words,
}


@cache
def _compiled(phrase: str) -> Template:
    return _PHRASES.from_string(phrase)
