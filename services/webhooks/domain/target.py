"""What an address of a receiver must look like, before anybody is asked where it leads."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from chassis.errors import Invalid

LONGEST_URL = 2_000
ANY_PORT: frozenset[int] = frozenset()
_PORTS = {"https": 443, "http": 80}
_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Rules:
    """What the settings allow."""

    plain_http: bool = False
    ports: frozenset[int] = frozenset({443})
    """Empty: any."""


@dataclass(frozen=True)
class Target:
    """Where a request goes."""

    scheme: str
    host: str
    port: int


def target_of(url: str, rules: Rules) -> Target:
    """The place that the address names, or `Invalid` with the rule it breaks and the mend."""
    parts = _split(url)
    if parts.scheme not in _PORTS or (parts.scheme == "http" and not rules.plain_http):
        raise _invalid("must begin with https://" + (" or http://" if rules.plain_http else ""))
    if parts.username is not None or parts.password is not None:
        raise _invalid("must not hold a user or a password; requests are signed, so check the signature instead")
    if parts.fragment or url.endswith("#"):
        raise _invalid("must not hold a # part: it is never sent")
    if not parts.hostname:
        raise _invalid("names no host")
    port = parts.port or _PORTS[parts.scheme]
    if rules.ports and port not in rules.ports:
        allowed = ", ".join(map(str, sorted(rules.ports)))
        raise _invalid(f"names port {port}; allowed here: {allowed} (MENTORING_WEBHOOKS_PORTS)")
    return Target(parts.scheme, parts.hostname, port)


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST_URL:
        raise _invalid(f"may have {LONGEST_URL} characters")
    if not _VISIBLE.fullmatch(url):
        raise _invalid("must be visible ASCII; write other letters of a host as punycode and of a path as %xx")
    try:
        parts = urlsplit(url)
        _ = parts.port  # only asking finds out
    except ValueError:
        raise _invalid("is not an address: its host or port cannot be read") from None
    if "\\" in url:
        raise _invalid("must not hold a backslash")
    return parts


def _invalid(sentence: str) -> Invalid:
    return Invalid(f"the address {sentence}", field="url")
