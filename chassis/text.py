"""Free text from people, before it is told: shortened, without control characters, addresses masked."""

import re
import unicodedata

LONGEST = 2_000
MASK = "[address]"

# Every part has its own characters and a fixed limit, so the search is linear however the text is built.
_HOST = r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
_EMAIL = re.compile(rf"[\w.+%'\"-]{{0,64}}(?:@|\s?[(\[]at[)\]]\s?){_HOST}", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@]{1,200}@")
_PHONE = re.compile(r"(?<![\w/.-])(?:\+|00)\d(?:[ ()/.-]{0,2}\d){7,13}(?!\w)")
_KEPT = "\n\t\u200c\u200d"  # the last two join and part letters in Persian, Hindi and emoji
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def tidy(text: str) -> str:
    """What may be told of a text that somebody typed: at most 2 000 characters, no control characters.

    Masked as `[address]`: e-mail addresses, also `ada (at) corp.example`; international telephone numbers
    (`+49 ...`, `0049 ...`); names and passwords inside a link. Tidying twice changes nothing more.
    """
    if text.isascii() and text.isprintable():
        seen = text
    else:
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        seen = "".join(letter for letter in lines if _is_visible(letter))
    return _cut(_masked(seen.strip()))


def _is_visible(letter: str) -> bool:
    return letter.isprintable() or letter in _KEPT or unicodedata.category(letter) not in _INVISIBLE


def _masked(text: str) -> str:
    # Most texts hold none of these; looking for a character is far cheaper than the expressions.
    if "@" in text or ")" in text or "]" in text:
        text = _EMAIL.sub(MASK, _CREDENTIALS.sub(f"{MASK}@", text))
    if "+" in text or "00" in text:
        text = _PHONE.sub(MASK, text)
    return text


def _cut(text: str) -> str:
    # Masked before it is cut: an address that the cut would split could no longer be recognised.
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
