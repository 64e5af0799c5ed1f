"""Secrets that lie in files, read anew whenever one is needed: what was rotated is taken up by the next connection."""

from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import SecretStr


def current(given: SecretStr | None, file: Path | None) -> str | None:
    """The secret as it is now: that of the file, or the one that was given."""
    if file:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    return given.get_secret_value() if given else None


def with_password(url: str, password: str | None) -> str:
    """The address with this password for its user; any password is a good one, however many signs of an address."""
    if password is None:
        return url
    parts = urlsplit(url)
    user, _, hosts = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{hosts}"))


def names_user_only(url: str) -> bool:
    """Whether the address has a user and no password."""
    user, at, _ = urlsplit(url).netloc.rpartition("@")
    return bool(at) and ":" not in user


def stamp(*files: Path | None) -> tuple[tuple[int, int, int] | None, ...]:
    """Another one as soon as one of these files is another one; a missing file is None."""
    return tuple(_stamp(file) for file in files if file)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    # Mounted secrets are links that are turned to another file: its number tells, if its time does not.
    return found.st_ino, found.st_mtime_ns, found.st_size
