"""The letter as it travels: MIME, with headers that other machines understand.

Built from `email.message.Message` and the C encoder for quoted-printable: `EmailMessage` parses each header
it is given and took three quarters of the time of a letter (docs/decisions/0603). What it would have guarded
against, `clean` and `wire_form` have removed before anything comes here.
"""

from base64 import encodebytes
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr

from services.notifications.domain.letter import Letter
from services.notifications.writing.invitation import Invitation
from services.notifications.writing.page import Page

_POLICY = compat32.clone(linesep="\r\n")


@dataclass(frozen=True)
class Sender:
    """In whose name letters are written."""

    name: str
    address: str

    @property
    def host(self) -> str:
        """The right side of everything that must be unique in the world."""
        return self.address.rpartition("@")[2]


def message(
    letter: Letter,
    page: Page,
    *,
    sender: Sender,
    name: str,
    address: str,
    invitations: tuple[Invitation, ...] = (),
    now: datetime,
) -> bytes:
    """The bytes to hand over. The same letter has the same Message-ID, however often it is written."""
    alone = letter.template != "digest"
    bodies = [_body("plain", page.as_text()), _body("html", page.as_html())]
    # As an alternative, so that calendars offer it at once; and as a file, for those that do not.
    bodies += [_body("calendar", each.content.decode(), method=each.method) for each in invitations if alone]
    mail = _together("alternative", bodies)
    if invitations:
        names = ["meeting.ics"] if alone else [f"meeting-{number}.ics" for number in range(1, len(invitations) + 1)]
        mail = _together("mixed", [mail, *map(_file, invitations, names)])
    mail["From"] = formataddr((sender.name, sender.address))
    mail["To"] = formataddr((name, address))
    mail["Subject"] = page.subject if page.subject.isascii() else _encoded(page.subject)
    mail["Date"] = format_datetime(now)
    _say_what_it_is(mail, letter, page, sender)
    return mail.as_bytes()


def _say_what_it_is(mail: Message, letter: Letter, page: Page, sender: Sender) -> None:
    mail["Message-ID"] = f"<{letter.id}@{sender.host}>"
    mail["Content-Language"] = page.language
    # Written by a machine: nobody's holiday notice should answer (RFC 3834; the second is Exchange's own).
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["List-Id"] = f"<letters.{sender.host}>"
    mail["X-Mentoring-Letter"] = str(letter.id)
    mail["X-Mentoring-Cause"] = str(letter.cause.event_id)
    mail["X-Mentoring-Template"] = letter.template


def _together(kind: str, parts: list[Message]) -> Message:
    whole = MIMEMultipart(kind, policy=_POLICY)
    for part in parts:
        whole.attach(part)
    return whole


def _body(kind: str, text: str, **parameters: str) -> Message:
    part = Message(policy=_POLICY)
    part.add_header("Content-Type", f"text/{kind}", charset="utf-8", **parameters)
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp(text.replace("\r\n", "\n").encode()).decode("ascii"))
    return part


def _file(invitation: Invitation, name: str) -> Message:
    part = Message(policy=_POLICY)
    part.add_header("Content-Type", "application/ics", name=name)
    part.add_header("Content-Disposition", "attachment", filename=name)
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(encodebytes(invitation.content).decode("ascii"))
    return part


def _encoded(subject: str) -> str:
    return Header(subject, "utf-8", header_name="Subject").encode()
