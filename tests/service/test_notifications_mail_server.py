"""One connection against a real SMTP server; and that server, for the other tests of notifications."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import uuid4

from aiosmtpd.smtp import SMTP
from icalendar import Calendar

from deploy.local.smtp import REFUSALS
from services.notifications.delivery.lane import Lane, Server
from services.notifications.domain.fate import Outcome
from services.notifications.writing.envelope import Envelope
from tests.waiting import eventually


@dataclass
class Mail:
    """What the server took, and how it is told to misbehave."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """Said instead of taking the next letters; `hang up` closes the connection after the letter was taken."""
    connections: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses) -> list[str]:  # noqa: N802
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:  # noqa: N802
        refusal = REFUSALS.get(address.rpartition("@")[2])
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250") or answer == "hang up":
            letter = message_from_bytes(envelope.content, policy=default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
            self.arrived.set()
        if answer == "hang up":
            server.transport.close()
        return answer

    def message_ids(self) -> list[str]:
        return [each["Message-ID"] for each in self.letters]

    def to(self, address: str) -> EmailMessage:
        """The last letter to somebody."""
        return [each for each in self.letters if each["To"].addresses[0].addr_spec == address][-1]

    @staticmethod
    def text(letter: EmailMessage) -> str:
        """Its plain text, each paragraph on one line."""
        body = letter.get_body(("plain",))
        assert body is not None
        return body.get_content().replace("\n\n", "¶").replace("\n", " ").replace("¶", "\n\n")

    @staticmethod
    def calendar(letter: EmailMessage) -> Any:
        """Its calendar entry."""
        parts = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
        return Calendar.from_ical(parts[0].get_content())


@asynccontextmanager
async def a_mail_server():
    """A real SMTP server in this process."""
    mail = Mail()
    loop = asyncio.get_running_loop()
    made: list[Any] = []

    def connection():
        made.append(SMTP(mail, hostname="localhost", loop=loop, enable_SMTPUTF8=True))
        return made[-1]

    server = await loop.create_server(connection, host="127.0.0.1", port=0)
    mail.port = server.sockets[0].getsockname()[1]
    mail.lines = lambda: [each.transport for each in made if each.transport and not each.transport.is_closing()]
    mail.hang_up = lambda: [line.close() for line in mail.lines()]
    try:
        yield mail
    finally:
        mail.hang_up()
        server.close()


def an_envelope(address="ada@corp.example", content=b"Message-ID: <1@x>\r\n\r\nHello\r\n.\r\n..\r\n") -> Envelope:
    from tests.unit.test_notifications_planning import a_letter

    return Envelope(a_letter(id=uuid4()), address, content)


def a_lane(mail: Mail) -> Lane:
    return Lane(Server(mail.url, "mentoring@corp.example", timeout=5))


async def test_nothing_arrives_before_the_dot():
    async with a_mail_server() as mail:
        lane = a_lane(mail)
        assert await lane.prepare(an_envelope()) is None
        assert mail.letters == []
        lane.let_drop()
        await eventually(lambda: not mail.lines())
        assert mail.letters == [], "without the dot the server throws it away"


async def test_a_letter_arrives_whole_even_with_lines_that_are_dots():
    async with a_mail_server() as mail:
        lane = a_lane(mail)
        assert await lane.prepare(an_envelope()) is None
        assert (await lane.hand_over()).kind == "taken"
        assert mail.letters[0].get_content().splitlines() == ["Hello", ".", ".."]
        await lane.close()


async def test_one_connection_carries_many_letters():
    async with a_mail_server() as mail:
        lane = a_lane(mail)
        for _ in range(5):
            assert await lane.prepare(an_envelope()) is None
            assert (await lane.hand_over()).kind == "taken"
        assert (len(mail.letters), mail.connections) == (5, 1)
        await lane.close()


async def test_a_refused_and_a_busy_mailbox_do_not_disturb_the_next_letter():
    async with a_mail_server() as mail:
        lane = a_lane(mail)
        assert await lane.prepare(an_envelope("x@refused.example")) == Outcome("refused", 550)
        assert await lane.prepare(an_envelope("x@busy.example")) == Outcome("not-now", 451)
        assert await lane.prepare(an_envelope()) is None
        assert (await lane.hand_over()).kind == "taken"
        await lane.close()


async def test_a_connection_closed_behind_our_back_is_opened_again():
    async with a_mail_server() as mail:
        lane = a_lane(mail)
        await lane.prepare(an_envelope())
        await lane.hand_over()
        mail.hang_up()
        assert await lane.prepare(an_envelope()) is None
        assert (await lane.hand_over()).kind == "taken"
        await lane.close()


async def test_an_answer_that_is_lost_is_unknown_and_one_that_says_no_is_not():
    async with a_mail_server() as mail:
        lane = a_lane(mail)
        mail.answers += ["451 later", "554 never", "hang up"]
        outcomes = []
        for _ in range(3):
            await lane.prepare(an_envelope())
            outcomes.append((await lane.hand_over()).kind)
        assert outcomes == ["not-now", "rejected", "unknown"]


async def test_a_server_that_is_not_there_means_not_now():
    assert (await Lane(Server("smtp://127.0.0.1:9", "a@b.example", timeout=2)).prepare(an_envelope())).kind == "not-now"
