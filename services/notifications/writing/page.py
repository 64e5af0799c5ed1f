"""One letter's words, laid out twice: as plain text and as HTML that says the same."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

WIDTH = 76


@dataclass(frozen=True)
class Link:
    """Somewhere to go on."""

    label: str
    url: str


@dataclass(frozen=True)
class Line:
    """One line of a list, with somewhere to go on if there is such a place."""

    text: str
    url: str | None = None


@dataclass(frozen=True)
class Listing:
    """A list under its heading."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Page:
    """What stands in a letter, in one person's language."""

    language: str
    subject: str
    greeting: str
    opening: tuple[str, ...]
    listings: tuple[Listing, ...]
    closing: tuple[str, ...]
    action: Link | None
    footer: str
    preferences: Link | None

    def as_text(self) -> str:
        """Plain text, at most 76 characters a line."""
        return _TEXT.render(_fields(self)).strip() + "\n"

    def as_html(self) -> str:
        """HTML without images, scripts or anything fetched from elsewhere."""
        return _HTML.render(_fields(self)).strip() + "\n"


def _fields(page: Page) -> Mapping[str, Any]:
    return vars(page)


def _wrapped(text: str, hang: int = 0) -> str:
    return textwrap.fill(
        text,
        WIDTH - hang,
        subsequent_indent=" " * hang,
        break_long_words=False,  # an address or a link stays whole
        break_on_hyphens=False,
    )


_LAYOUTS = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "layouts"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_LAYOUTS.filters["wrapped"] = _wrapped
_TEXT = _LAYOUTS.get_template("letter.txt")
_HTML = _LAYOUTS.get_template("letter.html")
