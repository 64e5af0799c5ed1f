"""What a skill is called: one name for `Verhandlungsführung`, `negotiating` and `negotation`.

The names stand in `skills.tsv`; where they come from, and under which licence, is said in the README beside it.
A name that is not there is a skill too: it is compared as it is written.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from services.matching.engine.words import STOP_WORDS, skill_name, without_accents, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_WORDS, SHORTEST_NAMED = 4, 3
SHORTEST_TOLERANT = 10
"""Letters that a name must have at least, for one slip to be forgiven."""
_LEFT_OUT = re.compile(r"[^\w+#]|_")
_BRACKET = re.compile(r"\s*\([^()]*\)\s*$")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


@dataclass(frozen=True)
class Skill:
    """A skill of the taxonomy."""

    label: str
    """The English name: it is what the score compares, and what people read."""
    english: tuple[str, ...]
    """Other English names."""
    german: tuple[str, ...]
    """German names, the usual one first."""
    broader: str | None
    """The label of the skill that this one is a part of."""
    esco: str | None
    """Address of the concept in ESCO, the European classification of skills."""

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, the label first."""
        return (self.label, *self.english, *self.german)


@cache
def taxonomy() -> Mapping[str, Skill]:
    """Label → skill, in the order of the file."""
    lines = resources.files(__name__).joinpath("skills.tsv").read_text(encoding="utf-8").splitlines()
    return {row["skill"]: _skill(row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


@lru_cache(maxsize=100_000)
def canonical(text: str) -> str:
    """The label of the skill that a text names, else the text as `words.skill_name` writes it; empty stays empty.

    Spelled alike is equal: case, accents, spaces and punctuation do not matter, apart from `+` and `#`. A bracket at
    the end may be left out (`Python (programming language)`). Then one slip is forgiven: see `_nearest`.
    """
    known = _labels()
    short = _BRACKET.sub("", text)
    label = known.get(spelling(text)) or known.get(spelling(short)) or _nearest(spelling(short))
    return label or skill_name(text)


def broader(label: str) -> str | None:
    """The skill that this one is a part of, if there is one: `programming` for `Python`."""
    skill = taxonomy().get(label)
    return skill.broader if skill else None


def named_in(text: str) -> Iterator[str]:
    """The skills that a text names, and what each is a part of.

    Of names that overlap the first and longest counts; those of one or two letters are taken for words.
    """
    keys = [spelling(word) for word in words(text)]
    start = 0
    while start < len(keys):
        length, label = _named_at(keys, start)
        start += length
        yield from filter(None, (label, broader(label)))


def _named_at(keys: list[str], start: int) -> tuple[int, str]:
    """How many words the longest name there has, and its skill; one word and no label if there is none."""
    for length in range(min(MOST_WORDS, len(keys) - start), 0, -1):
        key = "".join(keys[start : start + length])
        if len(key) >= SHORTEST_NAMED and key not in STOP_WORDS and key in _labels():
            return length, _labels()[key]
    return 1, ""


def spelling(text: str) -> str:
    """The letters and digits of a name, with `+` and `#`: lower case, without accents, `&` as `and`."""
    return _LEFT_OUT.sub("", without_accents(skill_name(text.replace("&", " and "))))


def _nearest(key: str) -> str | None:
    """The one skill that has a name one slip away: a letter missing or too many, or two neighbours swapped.

    A wrong letter is no slip, as it makes other words of sense: cash and case, Japanese and Javanese. Never the first
    letter, never a digit or a sign, and only names of `SHORTEST_TOLERANT` letters or more: a `sprint` is not `Spring`.
    If two skills are equally near it is neither.
    """
    near = {label for name, label in _by_first_letter().get(key[:1], ()) if _slipped(key, name)}
    return near.pop() if len(near) == 1 else None


def _slipped(key: str, name: str) -> bool:
    # Optimal string alignment counts a swap as one step, as it does a wrong letter, which changes the letters used.
    one_step = OSA.distance(key, name, score_cutoff=1) == 1
    return one_step and (len(key) != len(name) or sorted(key) == sorted(name)) and _signs(key) == _signs(name)


def _signs(key: str) -> str:
    return "".join(sign for sign in key if not sign.isalpha())


@cache
def _labels() -> Mapping[str, str]:
    """Spelling of every name → label; umlauts also as two letters, as people without the key write them."""
    return {
        key: skill.label
        for skill in taxonomy().values()
        for name in skill.names
        for key in (spelling(name), spelling(name.casefold().translate(_UMLAUTS)))
    }


@cache
def _by_first_letter() -> Mapping[str, list[tuple[str, str]]]:
    grouped: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, label in _labels().items():
        if len(name) >= SHORTEST_TOLERANT:
            grouped[name[0]].append((name, label))
    return grouped


def _skill(row: Mapping[str, str]) -> Skill:
    english, german = (tuple(filter(None, row[column].split(";"))) for column in ("english", "german"))
    return Skill(row["skill"], english, german, row["broader"] or None, row["esco"] or None)
