"""docs/subscribers/CHANGELOG.md: what each release of the contracts brought, written when it was made."""

from datetime import date
from pathlib import Path

PAGE = Path("docs/subscribers/CHANGELOG.md")
_HEAD = """\
# Changelog of the contracts

Written by `python -m chassis contracts release`, newest first; do not edit by hand. What comes next:
`python -m chassis contracts check`. How long something is told once it is deprecated: [deprecation.md](deprecation.md).
"""
_RELEASE = "\n## Release "


def with_release(root: Path, said: dict[str, list[str]], breaks: list[str], although: str, *, today: date) -> str:
    """The page with one more release on top of the earlier ones."""
    before = (root / PAGE).read_text(encoding="utf-8") if (root / PAGE).exists() else _HEAD
    at = before.find(_RELEASE)
    earlier = before[at:] if at >= 0 else ""
    parts = [f"{_RELEASE}{earlier.count(_RELEASE) + 1}, {today}\n"]
    parts += [f"\n### {heading}\n\n{_listed(sentences)}" for heading, sentences in said.items()]
    if breaks:
        parts += [f"\n### Breaks\n\n{_listed(breaks)}\nWhy it may go out all the same: {although}\n"]
    return _HEAD + "".join(parts) + earlier


def _listed(sentences: list[str]) -> str:
    return "".join(f"- {sentence}\n" for sentence in sentences)
