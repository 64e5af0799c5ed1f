"""Lists: bounded in size, one page at a time."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from chassis.errors import Invalid

T = TypeVar("T")
USUAL_PAGE, LARGEST_PAGE = 50, 200
LONGEST_CURSOR = 600


class Page(BaseModel, Generic[T]):
    """Part of a list. The next part: the same request with `cursor` set to `next`."""

    items: list[T]
    next: str | None = Field(None, description="give it as `cursor` to read on; null at the end")


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list was asked for."""

    limit: int = USUAL_PAGE
    cursor: str | None = None

    def after(self, *kinds: Any) -> tuple[Any, ...] | None:
        """The sort key to read on behind, its parts of these types; None at the beginning."""
        if self.cursor is None:
            return None
        try:
            return _keys(kinds).validate_json(base64.b64decode(self.cursor, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError, ValidationError):
            raise Invalid(
                "this is no cursor of this list; take it from `next` of the page before, or leave it out",
                field="cursor",
            ) from None

    def page(self, items: Sequence[T], key: Callable[[T], Sequence[Any]]) -> Page[T]:
        """The page made of up to `limit + 1` items: one more than fits says that there is a next page."""
        shown = list(items[: self.limit])
        more = len(items) > self.limit
        return Page[Any](items=shown, next=cursor(*key(shown[-1])) if more else None)


def cursor(*parts: Any) -> str:
    """An opaque cursor that `Paging.after` reads back."""
    return base64.urlsafe_b64encode(TypeAdapter(tuple[Any, ...]).dump_json(parts)).decode()


@lru_cache(maxsize=128)
def _keys(kinds: tuple[Any, ...]) -> TypeAdapter[tuple[Any, ...]]:
    shape: Any = tuple.__class_getitem__(kinds)
    return TypeAdapter(shape)


def _asked(
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="how many at most")] = USUAL_PAGE,
    cursor: Annotated[str | None, Query(max_length=LONGEST_CURSOR, description="`next` of the page before")] = None,
) -> Paging:
    return Paging(limit, cursor)


Asked = Annotated[Paging, Depends(_asked)]
"""The type of a route's argument that takes `limit` and `cursor`."""
