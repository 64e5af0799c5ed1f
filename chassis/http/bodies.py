"""What a caller sends as JSON: closed for unknown fields, bounded, and taken as it was sent, never guessed at."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails

DEEPEST = 32
MOST_VALUES = 10_000
"""In one body. Each one too many costs an error of its own, and a body could hold 100 000."""

Place = tuple[int | str, ...]


class Body(BaseModel):
    """What a caller sends. A field we do not know is an error, not a silent loss."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _as_it_was_sent(cls, sent: Any, read: ModelWrapValidatorHandler[Any]) -> Any:
        if isinstance(sent, dict):
            _refuse_the_unbearable(sent)
        body = read(sent)
        guesses = list(_guesses(sent, body))
        if guesses:
            raise ValidationError.from_exception_data(cls.__name__, guesses)
        return body


def _refuse_the_unbearable(sent: dict[str, Any]) -> None:
    """What no field of ours could take. Found without recursion: that would end at a thousand levels."""
    waiting: list[tuple[Any, int]] = [(sent, 1)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if isinstance(value, str):
            _refuse_what_cannot_be_kept(value)
        elif isinstance(value, dict | list):
            if depth > DEEPEST:
                raise ValueError(f"it is nested more than {DEEPEST} levels deep; nothing here is")
            inner = [*value, *value.values()] if isinstance(value, dict) else value
            waiting += [(each, depth + 1) for each in inner]
        if seen + len(waiting) > MOST_VALUES:
            raise ValueError(f"there are more than {MOST_VALUES:,} values in it; send less at a time")


def _refuse_what_cannot_be_kept(text: str) -> None:
    # PostgreSQL keeps neither; refused here, it is the caller's error and names the way out.
    if "\0" in text:
        raise ValueError("text must not contain the NUL character (\\u0000); leave it out")
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("text must be valid Unicode; it holds half a surrogate pair")


def _guesses(sent: Any, read: Any, where: Place = ()) -> Iterator[InitErrorDetails]:
    """Where reading made something else of what was sent: `false` is no 0, "5" is no 5, 0 is no day in 1970."""
    if isinstance(read, BaseModel) and isinstance(sent, dict):
        for name in read.model_fields_set & sent.keys():
            yield from _guesses(sent[name], getattr(read, name), (*where, name))
    elif isinstance(read, dict) and isinstance(sent, dict):
        for name in read.keys() & sent.keys():
            yield from _guesses(sent[name], read[name], (*where, name))
    elif isinstance(read, list | tuple) and isinstance(sent, list):
        for place, (one, other) in enumerate(zip(sent, read, strict=False)):
            yield from _guesses(one, other, (*where, place))
    elif kind := _guessed(sent, read):
        yield InitErrorDetails(type=kind, loc=where, input=sent)


def _guessed(sent: Any, read: Any) -> str | None:
    """The kind of error, if the value was not of the type that it was read as."""
    match read:
        case bool():
            return None if isinstance(sent, bool) else "bool_type"
        case int() | float():
            is_number = isinstance(sent, int | float) and not isinstance(sent, bool)
            return None if is_number else f"{type(read).__name__}_type"
        case date():  # a datetime is one too
            return f"{type(read).__name__}_type" if _is_number(sent) else None
        case _:
            return None


def _is_number(sent: Any) -> bool:
    """Seconds since 1970, as a number or as a text."""
    try:
        float(sent)
    except (TypeError, ValueError):
        return False
    return True
