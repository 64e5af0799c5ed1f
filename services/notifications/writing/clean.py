"""What people typed, made safe to stand in a header, a line or a calendar."""

import re
import unicodedata

LONGEST_NAME = 200
LONGEST_ADDRESS = 254
_ATOM, _LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # needed to write Persian and several Indian scripts


def clean(text: str) -> str:
    """One line without control, bidirectional or invisible characters; long ones are cut."""
    visible = "".join(
        " " if unicodedata.category(each) in _HIDDEN and each not in _JOINERS else each
        for each in unicodedata.normalize("NFC", text)
    )
    return re.sub(r"\s+", " ", visible).strip()[:LONGEST_NAME].strip()


def wire_form(address: str) -> str | None:
    """The address as every mail server understands it; None if it is not one plain address.

    A domain beyond ASCII is written as IDNA. A local part beyond ASCII needs SMTPUTF8 on every server of the
    way (RFC 6531), which no company can count on: such an address is refused, not guessed at.
    """
    local, _, domain = address.rpartition("@")
    try:
        plain = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None
    return plain if len(plain) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(plain) else None
