"""What the notifications service tells: which letter went out, was held back, or was refused."""

from typing import ClassVar, Literal
from uuid import UUID

from contracts.event import Event, PersonId, about
from contracts.topics import LETTER, Topic

LetterId = UUID
Template = Literal[
    "offer",
    "reminder",
    "introduction",
    "agreement-due",
    "agreement-diverged",
    "meeting-scheduled",
    "meeting-cancelled",
    "checkin-due",
    "checkin-missed",
    "relationship-closed",
    "webhook-paused",
    "digest",
]
Suppression = Literal["budget", "preference", "outdated", "person-left"]
Failure = Literal["address-refused", "gave-up"]

_LETTER_ID = "0192f0c4-7a1e-7c3b-9d55-0242ac120007"
_CAUSE_ID = "0192f0c4-7a1e-7c3b-9d55-0242ac120008"


class LetterEvent(Event):
    """Something about one letter to one person."""

    topic: ClassVar[Topic] = LETTER
    letter_id: LetterId = about("the letter", example=_LETTER_ID)
    person_id: PersonId = about("to whom", example="p-0042")
    template: Template = about("which letter", example="offer")
    cause: UUID = about("id of the event that led to it (of the first, for a digest)", example=_CAUSE_ID)


class LetterSent(LetterEvent):
    """The mail server took the letter.

    Told for each letter, and for each that went out inside a digest.
    """

    language: str = about("language it was written in", example="de", unit="BCP 47")
    in_digest: UUID | None = about(
        "the digest letter that carried it, if it went out in one", example=None, default=None
    )


class LetterSuppressed(LetterEvent):
    """The letter was not sent by itself; with reason `budget` it goes into the next digest.

    Told when the weekly budget, the person's wish, or the course of events speaks against it.
    """

    reason: Suppression = about("why", example="budget")


class LetterFailed(LetterEvent):
    """The letter could not be delivered and will not be tried again.

    Told when the server refuses the address for good, or when all attempts are used up.
    """

    reason: Failure = about("why", example="address-refused")
    attempts: int = about("how often it was tried", example=1, unit="attempts", ge=1)
