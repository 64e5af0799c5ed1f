"""Free text made comparable: the same letters, the same stems, on every machine and in every order."""

import re
import unicodedata

STEM_LETTERS = 6
SHORTEST_WORD = 2
_LEFT_OUT = """
    a about after all also am an and any are as at be become been being better but by can could do does for from
    get good grow grown has have help how i if improve in into is it its learn like lot make me more most my need
    new not of on one or our out own really so some than that the their them then they this to understand up us
    very want was way we well what when where which who will wish with within work would year years you your
    ab aber alle als am an auch auf aus bei besser bin bis das dass dem den der des die durch ein eine einem einen
    einer eines er es für gut habe hat ich ihr im in ist kann können lernen machen mehr mein meine meinem meinen
    meiner mich mit möchte nach nicht noch oder sein sich sie sind so über um und uns unser unter verstehen vom
    von vor wachsen was wenn werden wie will wir wird wollen zu zum zur
"""
STOP_WORDS = frozenset(_LEFT_OUT.split())
_WORD = re.compile(r"[^\W_]+(?:[+#]+)?")
_GAPS = re.compile(r"[\s_-]+")


def plain(text: str | None) -> str | None:
    """A name to compare: case and outer spaces do not matter. None if nothing is left."""
    return (text or "").strip().casefold() or None


def skill_name(text: str) -> str:
    """The name of a skill as written: case, spaces, hyphens and underscores do not matter (`Public-Speaking`)."""
    return _GAPS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def stems(text: str) -> dict[str, str]:
    """The stems of a text → the first word in it that has the stem.

    A word is letters and digits, with `+` or `#` at its end (`c++`); one with fewer than two characters or on the
    list of stop words is left out. The stem is its first six letters in lower case, without accents.
    """
    found: dict[str, str] = {}
    for word in words(text):
        if len(word) >= SHORTEST_WORD and word not in STOP_WORDS:
            found.setdefault(without_accents(word)[:STEM_LETTERS], word)
    return found


def words(text: str) -> list[str]:
    """The words of a text in lower case, in their order."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def without_accents(word: str) -> str:
    """The letters without what is put above or below them: NFKD without combining marks."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))
