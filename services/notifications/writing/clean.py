"""What people typed, made safe to stand in a header, a line or a calendar."""

import re
import unicodedata

LONGEST_NAME = 200
LONGEST_ADDRESS = 254
_ATOM, _LABEL = r"[\w!#$%&'*+/=?^`{|}~-]+", r"[^\W_](?:[\w-]*[^\W_])?"
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


def usable(address: str) -> bool:
    """Whether this is one plain address: no second recipient, no line break, nothing hidden."""
    return clean(address) == address and len(address) <= LONGEST_ADDRESS and bool(_ADDRESS.fullmatch(address))
