"""The letter as it travels: MIME, with headers that other machines understand."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from services.notifications.domain.letter import Letter
from services.notifications.writing.invitation import Invitation
from services.notifications.writing.page import Page


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
    mail = EmailMessage(policy=SMTP if address.isascii() else SMTPUTF8)
    mail["From"] = _address(sender.name, sender.address)
    mail["To"] = _address(name, address)
    mail["Subject"] = page.subject
    mail["Date"] = now.replace(microsecond=0)
    mail["Message-ID"] = f"<{letter.id}@{sender.host}>"
    _say_what_it_is(mail, letter, sender)
    mail.set_content(page.as_text(), cte="quoted-printable")
    mail.add_alternative(page.as_html(), subtype="html", cte="quoted-printable")
    _add_calendar(mail, invitations, alone=letter.template != "digest")
    # Last, since building a multipart moves every Content header into its first part.
    mail["Content-Language"] = page.language
    return mail.as_bytes()


def _say_what_it_is(mail: EmailMessage, letter: Letter, sender: Sender) -> None:
    # Written by a machine: nobody's holiday notice should answer (RFC 3834; the second is Exchange's own).
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["List-Id"] = f"<letters.{sender.host}>"
    mail["X-Mentoring-Letter"] = str(letter.id)
    mail["X-Mentoring-Cause"] = str(letter.cause.event_id)
    mail["X-Mentoring-Template"] = letter.template


def _add_calendar(mail: EmailMessage, invitations: tuple[Invitation, ...], *, alone: bool) -> None:
    for each in invitations if alone else ():
        # As an alternative, so that calendars offer it at once; below as a file, for those that do not.
        mail.add_alternative(
            each.content.decode(), subtype="calendar", cte="quoted-printable", params={"method": each.method}
        )
    for number, each in enumerate(invitations, start=1):
        name = "meeting.ics" if alone else f"meeting-{number}.ics"
        mail.add_attachment(each.content, "application", "ics", filename=name, cte="base64")


def _address(name: str, address: str) -> Address:
    user, _, host = address.rpartition("@")
    return Address(display_name=name, username=user, domain=host)
