"""What people typed, made safe to stand in a header, a line or a calendar."""

import re
import unicodedata
from email.headerregistry import Address
from email.utils import parseaddr

LONGEST_NAME = 200
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # needed to write Persian and several Indian scripts


def clean(text: str) -> str:
    """One line without control, bidirectional or invisible characters; long ones are cut."""
    visible = "".join(
        " " if unicodedata.category(each) in _HIDDEN and each not in _JOINERS else each
        for each in unicodedata.normalize("NFC", text)
    )
    return re.sub(r"\s+", " ", visible).strip()[:LONGEST_NAME].strip()


def usable(address: str) -> bool:
    """Whether this is one plain address: no second recipient, no line break, nothing hidden."""
    if clean(address) != address or parseaddr(address)[1] != address or address.count("@") != 1:
        return False
    try:
        return Address(addr_spec=address).addr_spec == address and "." in address.rpartition("@")[2]
    except (ValueError, IndexError):
        return False
