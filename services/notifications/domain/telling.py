"""What is told about letters. Never their text or address."""

from typing import Any
from uuid import UUID

from contracts.notifications import Failure, LetterFailed, LetterSent, LetterSuppressed, Suppression
from services.notifications.domain.letter import Letter


def sent(letter: Letter, language: str, *, in_digest: UUID | None = None) -> LetterSent:
    """The mail server took it."""
    return LetterSent(**_about(letter), language=language, in_digest=in_digest)


def suppressed(letter: Letter, reason: Suppression) -> LetterSuppressed:
    """It does not go out, or not by itself."""
    return LetterSuppressed(**_about(letter), reason=reason)


def failed(letter: Letter, reason: Failure) -> LetterFailed:
    """It could not be delivered."""
    return LetterFailed(**_about(letter), reason=reason, attempts=max(1, letter.attempts))


def _about(letter: Letter) -> dict[str, Any]:
    return {
        "letter_id": letter.id,
        "person_id": letter.person_id,
        "template": letter.template,
        "cause": letter.cause.event_id,
    }
