"""Whether subscribers get the notice that they were promised (docs/subscribers/deprecation.md)."""

from collections.abc import Iterator
from datetime import date, timedelta

from chassis.contract_docs.compatibility import Contracts
from chassis.contract_docs.schemas import Schema, all_fields

NOTICE = timedelta(days=180)
"""How long something is told at least after the release that deprecates it."""


def too_soon(old: Contracts, new: Contracts, *, today: date) -> list[str]:
    """A sentence for each deprecation that a release of today would announce too late or bring forward."""
    return [
        f"{event.removeprefix('mentoring.')}: {said}."
        for event, now in new.schemas.items()
        for said in _event(old.schemas.get(event, {}), now, today)
    ]


def _event(was: Schema, now: Schema, today: date) -> Iterator[str]:
    before = {"": was, **dict(all_fields(was))} if was else {}
    for path, field in [("", now), *all_fields(now)]:
        if "x-sunset" in field:
            yield from _one(f"`{path}`" if path else "the event", before.get(path, {}), field, today)


def _one(what: str, was: Schema, now: Schema, today: date) -> Iterator[str]:
    until, earliest = date.fromisoformat(now["x-sunset"]), today + NOTICE
    if "x-sunset" in was and until < date.fromisoformat(was["x-sunset"]):
        yield f"{what} was promised until {was['x-sunset']}, not {until}: subscribers planned with the later day"
    if "x-sunset" not in was and until < earliest:
        yield f"{what} ends on {until}: subscribers have {NOTICE.days} days from a release on. Say {earliest} or later"
