"""The letter as it travels: MIME, with headers that other machines understand.

Written line by line: `EmailMessage` parses every header it is given and took three quarters of the time of a
letter (docs/decisions/0603). What it would guard against, `clean` and `wire_form` have removed before; a mail
program reads the result in the tests. The same letter gives the same bytes, boundaries included.
"""

from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from uuid import UUID

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
    alone = letter.template != "digest"
    bodies = [_body("plain", page.as_text()), _body("html", page.as_html())]
    # As an alternative, so that calendars offer it at once; and as a file, for those that do not.
    bodies += [_body("calendar", each.content.decode(), f"; method={each.method}") for each in invitations if alone]
    content, whole = _together("alternative", bodies, letter.id)
    if invitations:
        names = ["meeting.ics"] if alone else [f"meeting-{number}.ics" for number in range(1, len(invitations) + 1)]
        files = [_file(*each) for each in zip(invitations, names, strict=True)]
        content, whole = _together("mixed", [_part(content, whole), *files], letter.id)
    return _part(_headers(letter, page, sender=sender, name=name, address=address, now=now) | content, whole)


def _headers(letter: Letter, page: Page, *, sender: Sender, name: str, address: str, now: datetime) -> dict[str, str]:
    return {
        "From": formataddr((sender.name, sender.address)),
        "To": formataddr((name, address)),
        "Subject": page.subject if page.subject.isascii() else _encoded(page.subject),
        "Date": format_datetime(now),
        "Message-ID": f"<{letter.id}@{sender.host}>",
        # Written by a machine: nobody's holiday notice should answer (RFC 3834; the second is Exchange's own).
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Id": f"<letters.{sender.host}>",
        "X-Mentoring-Letter": str(letter.id),
        "X-Mentoring-Cause": str(letter.cause.event_id),
        "X-Mentoring-Template": letter.template,
        "MIME-Version": "1.0",
        "Content-Language": page.language,
    }


def _encoded(subject: str) -> str:
    return Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _part(headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return lines.encode("ascii") + b"\r\n" + body


def _together(kind: str, parts: Sequence[bytes], letter_id: UUID) -> tuple[dict[str, str], bytes]:
    boundary = f"={kind}={letter_id.hex}"  # "=" followed by a letter stands in no quoted-printable and no base64
    edge = f"--{boundary}".encode()
    body = b"".join(edge + b"\r\n" + part + b"\r\n" for part in parts) + edge + b"--\r\n"
    return {"Content-Type": f'multipart/{kind};\r\n boundary="{boundary}"'}, body


def _body(kind: str, text: str, parameters: str = "") -> bytes:
    headers = {
        "Content-Type": f"text/{kind}; charset=utf-8{parameters}",
        "Content-Transfer-Encoding": "quoted-printable",
    }
    lines = b2a_qp(text.replace("\r\n", "\n").encode())
    return _part(headers, lines.replace(b"\n", b"\r\n"))


def _file(invitation: Invitation, name: str) -> bytes:
    headers = {
        "Content-Type": f'application/ics; name="{name}"',
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Transfer-Encoding": "base64",
    }
    return _part(headers, encodebytes(invitation.content).replace(b"\n", b"\r\n"))
