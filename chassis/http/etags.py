"""`ETag` and `If-Match`: two people who edit one thing do not overwrite each other unseen."""

from chassis.errors import DomainError


class Outdated(DomainError):
    """Somebody else changed it meanwhile. Read it again, then send your change with the new ETag."""


class MatchRequired(DomainError):
    """Send the ETag you read as `If-Match`, so that nobody else's change is overwritten unseen."""


def etag(version: object) -> str:
    """The value of the `ETag` header for this version of a thing."""
    return f'"{version}"'


def check(header: str | None, version: object) -> None:
    """Refuses a change (412) that was made on another version, and (428) one that does not say on which."""
    if header is None:
        raise MatchRequired
    asked = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    if asked.isdisjoint({"*", etag(version)}):
        raise Outdated
