"""What one cell, or one field of a request, may hold. Each function gives the value or raises `Broken`."""

import re
from datetime import date
from functools import lru_cache
from zoneinfo import available_timezones

import langcodes
from email_validator import EmailNotValidError, validate_email

from chassis.calendar import canonical_span, parse_working_hours
from chassis.text import tidy
from contracts.profiles import HIGHEST_JOB_LEVEL, MOST_LISTED, MOST_SEATS
from services.hr_file.countries import COMMONLY_MEANT, COUNTRIES

LONGEST_NAME = 320
LONGEST_SHORT = 200
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ZONES = frozenset(available_timezones()) - {"localtime", "Factory", "posixrules"}
_ZONES_FOLDED = {zone.casefold(): zone for zone in _ZONES}
_LONGEST_LOCAL = 64
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_INSIDE = frozenset({"local", "test", "invalid", "localhost", "internal", "lan", "corp", "home"})
_ROLES = ("mentee", "mentor")
_NEVER = 9999


class Broken(ValueError):
    """The value makes no sense: why, and how to mend it."""

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(f"{reason}; {mend}")
        self.reason = reason
        self.mend = mend


def parts(cell: str) -> list[str]:
    """The items of a list inside a cell."""
    items = [item for part in cell.split(";") if (item := part.strip())]
    if len(items) > MOST_LISTED:
        raise Broken(f"lists {len(items)} items", f"list {MOST_LISTED} at most")
    return items


def person_id(cell: str) -> str:
    """An id as in the HR directory."""
    if _ID.fullmatch(cell) is None:
        mend = "use 1 to 64 of A-Z a-z 0-9 . _ -"
        raise Broken("is empty", mend) if not cell else Broken(f"`{cell[:80]}` is no id", mend)
    return cell


def name(cell: str) -> str:
    """A person's name, as they write it."""
    if not cell.isprintable():
        cell = "".join(letter for letter in cell if letter.isprintable() or letter.isspace())
    shown = " ".join(cell.split())
    if not shown:
        raise Broken("is empty", "give the name this person is addressed by")
    if len(shown) > LONGEST_NAME:
        raise Broken(f"has {len(shown)} characters", f"{LONGEST_NAME} are allowed")
    return shown


def email(cell: str) -> str:
    """An address that a mail server would take; also inside a company (`.local`, `.test`)."""
    if len(cell) > LONGEST_NAME:
        raise Broken(f"has {len(cell)} characters", f"{LONGEST_NAME} are allowed")
    local, _, domain = cell.rpartition("@")
    if len(local) <= _LONGEST_LOCAL and _PLAIN_LOCAL.fullmatch(local):
        # A company has few domains: the costly half of the check is done once for each.
        return f"{local}@{_validated('a@' + domain, cell).removeprefix('a@')}"
    return _validated(cell, cell)


@lru_cache(maxsize=8192)
def _domain_checked(address: str) -> str:
    # The validator refuses names that the internet keeps free; inside a company they are in use.
    inside = ".example" if address.rpartition(".")[2].lower() in _INSIDE else ""
    return validate_email(address + inside, check_deliverability=False).normalized.removesuffix(inside)


def _validated(address: str, shown: str) -> str:
    try:
        return _domain_checked(address)
    except EmailNotValidError as error:
        raise Broken(f"`{shown[:80]}` is no e-mail address", f"{error}".rstrip(".")[:200]) from None


@lru_cache(maxsize=4096)
def time_zone(cell: str) -> str:
    """An IANA name, in its own spelling."""
    if cell in _ZONES:
        return cell
    meant = _ZONES_FOLDED.get(cell.casefold().replace(" ", "_"))
    if meant is None:
        raise Broken(f"`{cell[:80]}` is no IANA time zone", "write it like Europe/Berlin or America/New_York")
    return meant


@lru_cache(maxsize=16384)
def languages(cell: str) -> tuple[str, ...]:
    """BCP 47 tags, best first, in canonical spelling."""
    tags = tuple(dict.fromkeys(map(_language, parts(cell))))
    if not tags:
        raise Broken("is empty", "name at least one language, like en;de")
    return tags


@lru_cache(maxsize=4096)
def _language(tag: str) -> str:
    mend = "use BCP 47 tags, like en, de or pt-BR"
    try:
        if len(tag) <= 35 and langcodes.tag_is_valid(tag):  # noqa: PLR2004 - what BCP 47 asks readers to take
            return str(langcodes.standardize_tag(tag))
    except ValueError:
        pass
    raise Broken(f"`{tag[:80]}` is no language", mend)


@lru_cache(maxsize=1024)
def country(cell: str) -> str | None:
    """ISO 3166-1 alpha-2, upper case."""
    code = cell.upper()
    if code and code not in COUNTRIES:
        meant = COMMONLY_MEANT.get(code)
        hint = f"`{meant}` is meant, probably" if meant else "use two letters of ISO 3166-1, like DE or US"
        raise Broken(f"`{cell[:80]}` is no country", hint)
    return code or None


@lru_cache(maxsize=4096)
def working_hours(cell: str) -> tuple[str, ...]:
    """Spans in canonical spelling; empty: Monday to Friday, nine to five."""
    spans = parts(cell) or ["Mon-Fri 09:00-17:00"]
    try:
        parse_working_hours(spans)
    except ValueError as error:
        reason, _, mend = str(error).partition("; ")
        raise Broken(reason, mend) from None
    return tuple(dict.fromkeys(map(canonical_span, spans)))


@lru_cache(maxsize=64)
def roles(cell: str) -> tuple[str, ...]:
    """What they take part as; empty: neither."""
    given = [part.lower() for part in parts(cell)]
    unknown = [part for part in given if part not in _ROLES]
    if unknown:
        raise Broken(f"`{unknown[0][:80]}` is no role", "use mentee, mentor, mentee;mentor or nothing")
    return tuple(role for role in _ROLES if role in given)


def _whole(cell: str, lowest: int, highest: int) -> int:
    if not (cell.isascii() and cell.isdigit()) or not lowest <= int(cell[:9]) <= highest:
        raise Broken(f"`{cell[:80]}` is out of range", f"use a whole number from {lowest} to {highest}")
    return int(cell)


@lru_cache(maxsize=256)
def level(cell: str) -> int | None:
    """Seniority, 1 to 15."""
    return _whole(cell, 1, HIGHEST_JOB_LEVEL) if cell else None


@lru_cache(maxsize=256)
def mentor_seats(cell: str) -> int:
    """Mentees at a time, 0 to 10; empty: one."""
    return _whole(cell, 0, MOST_SEATS) if cell else 1


@lru_cache(maxsize=4096)
def day(cell: str) -> date | None:
    """An ISO date."""
    if not cell:
        return None
    try:
        if len(cell) == len("2027-01-31"):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise Broken(f"`{cell[:80]}` is no date", "write it like 2027-01-31")


def last_day(cell: str) -> date | None:
    """An ISO date; the year 9999 is how HR systems write that there is no last day."""
    found = day(cell)
    return None if found is None or found.year == _NEVER else found


@lru_cache(maxsize=16384)
def short_text(cell: str) -> str | None:
    """A word or two: team, function, location, path."""
    text = " ".join(tidy(cell).split())
    if len(text) > LONGEST_SHORT:
        raise Broken(f"has {len(text)} characters", f"{LONGEST_SHORT} are allowed")
    return text or None
