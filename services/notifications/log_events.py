"""The lines that only notifications writes. What every service writes: `chassis/log_events/`."""

from typing import get_args

from chassis.log_events.fields import ATTEMPT, COUNT, ERROR, EXCEPTION
from chassis.log_events.model import Field, choice, line, text, uuid
from services.notifications.domain.fate import InDoubt

_LETTER_ID = uuid("letter_id", "the letter; its page for the person is /v1/people/{person_id}/letters")
_TEMPLATE = text("template", "which letter: offer, introduction, digest …")
_OUTCOME = choice(
    "outcome",
    "what the mail server said; `unknown` if nothing",
    ("taken", "refused", "rejected", "not-now", "unknown"),
    ecs="event.outcome",
)
_CODE = Field("code", {"type": ["integer", "null"]}, "the mail server's reply code; null without an answer")
_TAKEN_AS = choice("taken_as", "what is done about letters in doubt: MENTORING_LETTERS_IN_DOUBT", get_args(InDoubt))

_FAIL = "See the runbook, [MentoringLettersDoNotLeave](runbook.md#mentoringlettersdonotleave)."

LOG_EVENTS = (
    line(
        "letter.tried",
        ("info", "warning"),
        "A letter was offered to the mail server. `info`: it was taken, and is on its way to the person. `warning`: "
        "it was not; `not-now` is tried again for three days, `refused` and `rejected` are not.",
        f"Nothing for `taken`. {_FAIL}",
        always=(_LETTER_ID, _TEMPLATE, _OUTCOME, _CODE, ATTEMPT),
    ),
    line(
        "letter.not_written",
        "error",
        "A letter could not be put into words. That person does not get it yet; all others do.",
        "The exception says what is missing in a template or a phrase; after the release it goes out by itself.",
        always=(_LETTER_ID, _TEMPLATE, EXCEPTION),
    ),
    line(
        "letters.in_doubt",
        "warning",
        "A process was killed between handing letters over and hearing the answer; nobody knows whether they are out.",
        "None after a kill ([what letters promise](letters.md)). Without a kill: ask us.",
        always=(COUNT, _TAKEN_AS),
    ),
    line(
        "mail_server.lost",
        "info",
        "The connection to the mail server broke, or was never made. The letter is tried again on a new one.",
        f"A few are normal: servers hang up when idle. With each letter: {_FAIL[0].lower()}{_FAIL[1:]}",
        always=(ERROR,),
    ),
    line(
        "mail_server.refuses_us",
        "error",
        "The mail server refuses our login, sender or greeting: no letter goes out until that is mended.",
        f"MENTORING_SMTP_URL and MENTORING_SENDER_ADDRESS. {_FAIL}",
        always=(_CODE,),
    ),
)
