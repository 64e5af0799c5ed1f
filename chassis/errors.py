"""Errors whose sentence a caller may read. Their kind decides the HTTP status; from an event they park the message."""


class DomainError(Exception):
    """A rule said no. The message is a sentence that says why and, where there is one, the way out."""


class NotFound(DomainError):
    """There is no such thing, or it is not the caller's to see."""


class Conflict(DomainError):
    """The thing is not in a state that allows this."""


class Forbidden(DomainError):
    """The caller's role does not allow this."""


class Invalid(DomainError):
    """A value does not make sense; `field` names it."""

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class Later(DomainError):
    """Right now this is not possible; trying again after `retry_after` seconds may be."""

    def __init__(self, sentence: str, *, retry_after: int = 1) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class TooMany(Later):
    """The caller asks more often than allowed."""


class Unavailable(Later):
    """A part that this needs is away or too busy."""
