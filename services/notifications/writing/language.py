"""Languages: each is one file under `languages/`, found by its name."""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FALLBACK = "en"
_FOLDER = Path(__file__).parent.parent / "languages"


@dataclass(frozen=True, eq=False)
class Language:
    """All phrases of one language."""

    tag: str
    phrases: Mapping[str, Any]

    @property
    def locale(self) -> str:
        """How dates, numbers and lists are written."""
        return str(self.phrases["locale"])

    def phrase(self, *path: str) -> Any:
        """A phrase, or a list of them."""
        found: Any = self.phrases
        for step in path:
            found = found[step]
        return found


@cache
def languages() -> Mapping[str, Language]:
    """Every language that we have, by its BCP 47 tag."""
    return {
        file.stem: Language(file.stem, tomllib.loads(file.read_text("utf-8")))
        for file in sorted(_FOLDER.glob("*.toml"))
    }


def choose(spoken: Iterable[str], *, preferred: str | None, known: Collection[str]) -> str:
    """The preferred language, else the first of the spoken ones that we have, else English.

    `de-AT` is read as `de` where there is no `de-AT`.
    """
    have = {tag.lower(): tag for tag in known}
    for tag in (*((preferred,) if preferred else ()), *spoken):
        whole = tag.replace("_", "-").lower()
        found = have.get(whole) or have.get(whole.split("-", maxsplit=1)[0])
        if found:
            return found
    return FALLBACK
