"""What letters look like: languages, MIME, calendars, and what strangers typed into their names."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from jinja2 import Environment, meta

from contracts.engagement import AgreementField, Channel
from contracts.notifications import Template
from services.notifications.domain.digest import SECTIONS
from services.notifications.domain.letter import Letter
from services.notifications.domain.recipient import Recipient
from services.notifications.writing.clean import clean, wire_form
from services.notifications.writing.compose import Known
from services.notifications.writing.envelope import put_into_envelope
from services.notifications.writing.language import choose, languages
from services.notifications.writing.message import Sender
from tests.unit.test_notifications_planning import a_letter

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
PROGRAM = UUID("0192f0c4-7a1e-7c3b-9d55-0242ac120002")
ADA = Recipient("ada", "Ada Übermut", "ada@corp.example", "Europe/Berlin", ("de",))
GRACE = Recipient("grace", "Grace O'Example", "grace@corp.example", "America/New_York", ("en",))
SENDER = Sender("Mentoring", "mentoring@corp.example")
TEMPLATES = get_args(Template)
REASONS = [
    {"part": "need", "facts": ["sql", "negotiation"]},
    {"part": "goals", "facts": ["lead"]},
    {"part": "style", "facts": ["pace"]},
    {"part": "preference", "facts": []},
    {"part": "hours", "facts": ["2.5"]},
    {"part": "language", "facts": ["de"]},
    {"part": "seniority", "facts": ["1"]},
    {"part": "unheard-of", "facts": []},
]
FACTS: dict[str, Any] = {
    "side": "mentee",
    "link": "matches/1",
    "expires_at": "2027-01-14T16:00:00Z",
    "reasons": REASONS,
    "starts_on": "2027-01-12",
    "ends_on": "2027-04-06",
    "agreement_due_at": "2027-01-19T16:00:00+00:00",
    "fields": ["rhythm", "weeks"],
    "meeting_id": "0192f0c4-7a1e-7c3b-9d55-0242ac120009",
    "starts_at": "2027-01-20T14:00:00Z",
    "ends_at": "2027-01-20T15:00:00Z",
    "channel": "video",
    "revision": 1,
    "moved": False,
    "answer_by_at": "2027-01-28T08:00:00Z",
    "due_at": "2027-01-26T08:00:00Z",
    "completed": False,
    "receiver": "hooks.corp.example",
    "description": "Badges",
    "gone": False,
    "failing_since_at": "2027-01-08T09:00:00+00:00",
    "subscription_id": "0192f0c4-7a1e-7c3b-9d55-0242ac120010",
}


def a_written(template: Template, to: Recipient, partner: Recipient, **facts: Any) -> EmailMessage:
    """The letter as a mail program reads it."""
    letter = a_letter(
        now=NOW,
        template=template,
        person_id=to.person_id,
        partner_id=None if template == "digest" else partner.person_id,
        program_id=PROGRAM,
        facts={"link": ""} if template == "digest" else FACTS | facts,
    )
    return read(letter, to, partner)


def read(letter: Letter, to: Recipient, partner: Recipient, base_url: str | None = None) -> EmailMessage:
    items = tuple(
        a_letter(now=NOW, template=each, person_id=to.person_id, partner_id=partner.person_id, facts=FACTS)
        for section in SECTIONS.values()
        for each in section
    )
    known = Known(
        people={to.person_id: to, partner.person_id: partner}, programs={PROGRAM: "Spring"}, items={letter.id: items}
    )
    if letter.template != "digest":
        known = replace(known, items={})
    content = put_into_envelope(letter, known, sender=SENDER, base_url=base_url, now=NOW).content
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def words(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return part.get_content()


class Seen(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text.append(data)


def flat(table: Any, path: str = "") -> dict[str, Any]:
    if isinstance(table, dict):
        return {key: each for name, part in table.items() for key, each in flat(part, f"{path}.{name}").items()}
    return {path: table}


@pytest.mark.parametrize("tag", languages())
def test_every_language_has_every_phrase_and_mentions_the_same_facts(tag):
    english, other = flat(languages()["en"].phrases), flat(languages()[tag].phrases)
    assert english.keys() == other.keys()
    for key in english.keys() - {".name", ".locale", ".day", ".moment", ".clock", ".list"}:
        assert mentioned(other[key]) == mentioned(english[key]), key
        assert bool(other[key]) == bool(english[key]), key


def mentioned(phrases: str | list[str]) -> set[str]:
    source = phrases if isinstance(phrases, str) else " ".join(phrases)
    environment = Environment(autoescape=True)
    environment.filters |= dict.fromkeys(("moment", "clock", "day", "listed", "languages", "number", "words"), str)
    return set(meta.find_undeclared_variables(environment.parse(source)))


def test_every_template_and_value_has_its_words():
    english = languages()["en"]
    assert set(english.phrase("letters")) == set(TEMPLATES)
    assert set(english.phrase("channels")) == set(get_args(Channel))
    assert set(english.phrase("fields")) == set(get_args(AgreementField))
    assert {template for section in SECTIONS.values() for template in section} == set(TEMPLATES) - {"digest"}


@pytest.mark.parametrize("tag", languages())
@pytest.mark.parametrize("side", ["mentee", "mentor"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_letter_says_the_same_as_text_and_as_html(template, side, tag):
    message = a_written(template, replace(ADA, languages=(tag,)), GRACE, side=side)
    text, html = words(message), words(message, "html")
    seen = Seen(html)
    assert " ".join("".join(seen.text).split()).find("Ada Übermut") > 0
    for line in (each for each in text.split("\n\n") if "--" not in each and not each.startswith("-")):
        assert " ".join(line.split("\n- ")[0].split()) in " ".join("".join(seen.text).split())
    assert f'<html lang="{tag}">' in html
    assert not {"img", "script", "link", "iframe", "object"} & set(seen.tags)
    assert not [value for name, value in seen.attributes if name in ("src", "background")]
    assert "None" not in text
    assert "{" not in text


def test_headers_say_what_a_machine_must_know():
    message = a_written("offer", ADA, GRACE)
    letter_id = message["X-Mentoring-Letter"]
    assert message["Message-ID"] == f"<{letter_id}@corp.example>"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<letters.corp.example>"
    assert message["To"].addresses[0].display_name == "Ada Übermut"
    assert message["Content-Language"] == "de"
    assert message.get_content_type() == "multipart/alternative"
    assert message.as_bytes().isascii(), "any mail server can carry it"


def test_links_stand_only_where_there_is_somewhere_to_go():
    assert "http" not in words(a_written("offer", ADA, GRACE))
    letter = a_letter(now=NOW, template="offer", person_id="ada", partner_id="grace", facts=FACTS)
    linked = read(letter, ADA, GRACE, "https://mentoring.corp.example/")
    assert "https://mentoring.corp.example/matches/1" in words(linked)
    assert 'href="https://mentoring.corp.example/people/ada/preferences"' in words(linked, "html")


@pytest.mark.parametrize(("template", "method"), [("meeting-scheduled", "REQUEST"), ("meeting-cancelled", "CANCEL")])
def test_a_meeting_letter_carries_a_valid_calendar_entry(template, method):
    message = a_written(template, ADA, replace(GRACE, name='Grace "X"; O\nExample'))
    parts = {part.get_content_type(): part for part in message.walk()}
    assert parts["text/calendar"].get_param("method") == method
    assert parts["application/ics"].get_filename() == "meeting.ics"
    assert parts["application/ics"].get_content() == parts["text/calendar"].get_content().encode()
    calendar = Calendar.from_ical(parts["text/calendar"].get_content())
    event = calendar.walk("VEVENT")[0]
    assert (calendar["METHOD"], event["SEQUENCE"], event["UID"]) == (method, 1, f"{FACTS['meeting_id']}@corp.example")
    assert event["DTSTART"].dt == datetime(2027, 1, 20, 14, 0, tzinfo=UTC)
    assert event["ORGANIZER"] == "mailto:mentoring@corp.example"
    assert {str(each) for each in event["ATTENDEE"]} == {"mailto:ada@corp.example", "mailto:grace@corp.example"}
    assert calendar.errors == event.errors == []


def test_a_digest_carries_every_meeting_as_a_file():
    message = a_written("digest", ADA, GRACE)
    assert [part.get_filename() for part in message.iter_attachments()] == ["meeting-1.ics", "meeting-2.ics"]
    assert "Zu entscheiden" in words(message)
    assert message["Subject"] == "Ihr Mentoring heute: 11 Dinge"


def test_reasons_are_told_from_the_readers_side():
    assert "Grace O'Example can teach sql and negotiation" in flow(a_written("offer", english(ADA), GRACE))
    assert "Grace O'Example wants to learn sql and negotiation" in flow(
        a_written("offer", english(ADA), GRACE, side="mentor")
    )
    assert "2,5 gemeinsame Arbeitsstunden" in flow(a_written("offer", ADA, GRACE))
    assert "unheard" not in flow(a_written("offer", ADA, GRACE))


def flow(message: EmailMessage) -> str:
    return " ".join(words(message).split())


def english(person: Recipient) -> Recipient:
    return replace(person, languages=("en",))


def test_times_are_in_the_readers_zone():
    assert "Wednesday 20 January 2027, 09:00 (New York time)" in flow(a_written("meeting-scheduled", GRACE, ADA))
    assert "Mittwoch, 20. Januar 2027, 15:00 Uhr (Zeitzone Berlin)" in flow(a_written("meeting-scheduled", ADA, GRACE))


@pytest.mark.parametrize(
    ("spoken", "preferred", "chosen"),
    [
        (["fr", "de", "en"], None, "de"),
        (["de-AT"], None, "de"),
        (["fr"], None, "en"),
        ([], None, "en"),
        (["de"], "en", "en"),
        (["de"], "fr", "de"),
        (["EN_us"], None, "en"),
    ],
)
def test_the_first_language_that_we_have_is_chosen(spoken, preferred, chosen):
    assert choose(spoken, preferred=preferred, known=("de", "en")) == chosen


@pytest.mark.parametrize(
    "name", ["Eve\r\nBcc: all@corp.example", "Eve\x00\x1b[31m", "\u202eEve", "<b>Eve</b>", "{{ 7 * 7 }}"]
)
def test_a_name_is_only_ever_a_name(name):
    message = a_written("introduction", replace(ADA, name=name), replace(GRACE, name=name))
    assert message["Bcc"] is None
    assert len(message["To"].addresses) == 1
    assert "<b>" not in words(message, "html")
    assert "49" not in message["Subject"]
    assert "\u202e" not in words(message)


@given(st.text(max_size=300))
def test_whatever_stands_in_a_name_the_letter_is_one_letter_to_one_person(name):
    message = a_written("meeting-scheduled", replace(ADA, name=name), replace(GRACE, name=name or "x"))
    assert [each.addr_spec for each in message["To"].addresses] == ["ada@corp.example"]
    assert message["Bcc"] is None


def test_names_keep_what_their_scripts_need():
    assert clean("\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"
    assert clean(" a \n b\u2028c ") == "a b c"


@pytest.mark.parametrize("address", ["a@b", "a@b.c\n", "a@b.c, d@e.f", "<a@b.c>", "a b@c.d", "", "a@b@c.d", "a@.c"])
def test_what_is_no_address_is_not_used(address):
    assert wire_form(address) is None


@pytest.mark.parametrize("address", ["ada@corp.example", "o'neil+x@sub.corp.example"])
def test_an_address_is_used_as_it_is(address):
    assert wire_form(address) == address


def test_a_domain_beyond_ascii_is_written_so_that_every_server_knows_it():
    assert wire_form("ada@büro.example") == "ada@xn--bro-hoa.example"
    assert wire_form("jürgen@corp.example") is None
