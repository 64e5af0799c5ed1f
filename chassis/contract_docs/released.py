"""The contracts of the last release, and one frozen example of every event ever released."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from chassis.contract_docs import as_json, changelog
from chassis.contract_docs.changes import changes
from chassis.contract_docs.compatibility import Contracts
from chassis.contract_docs.compatibility import breaks as breaks_between
from chassis.contract_docs.deprecations import too_soon
from chassis.contract_docs.headers import example_headers
from chassis.contract_docs.schemas import schema_of
from contracts.event import Event
from contracts.registry import EVENTS
from contracts.topics import TOPICS

RELEASED = Path("tests/contracts/released")
GOLDEN = Path("tests/contracts/golden")
SUMS = GOLDEN / "sha256sums.txt"
ACCEPTED = RELEASED / "accepted-breaks.md"
WAY_OUT = (
    "Change by adding: a new field with a default, a new event, or a new major on a new topic. If nobody can be hurt, "
    'say why: python -m chassis contracts release --although "…"'
)


class Breaks(Exception):
    """The present contracts would break somebody; the message says whom."""


def present() -> Contracts:
    """The contracts as they stand in the code."""
    topics = {t.name: {**asdict(t), "data_class": t.data_class.name} for t in TOPICS}
    return Contracts({event.event_type(): schema_of(event) for event in EVENTS}, topics)


def last(root: Path) -> Contracts:
    """The contracts as they were released."""
    schemas = {path.stem: json.loads(path.read_text()) for path in sorted((root / RELEASED).glob("mentoring.*.json"))}
    topics = root / RELEASED / "topics.json"
    return Contracts(schemas, json.loads(topics.read_text()) if topics.exists() else {})


def breaks(root: Path, *, today: date) -> list[str]:
    """What the present contracts would break, a sentence each."""
    return breaks_between(last(root), present(), today=today)


def unreleased(root: Path) -> dict[str, list[str]]:
    """What a release would tell subscribers, sentences by heading."""
    return changes(last(root), present())


def release(root: Path, *, today: date, although: str = "") -> list[Path]:
    """Makes the present contracts the released ones and writes what changed for subscribers; answers what was written.

    Breaks are refused unless `although` says why they hurt nobody; then they are recorded with that reason.
    """
    found = [*breaks(root, today=today), *too_soon(last(root), present(), today=today)]
    if found and not although:
        raise Breaks("\n".join([*(f"- {sentence}" for sentence in found), WAY_OUT]))
    files = {path: text for path, text in _files().items() if not _same(root / path, text)}
    files |= dict(_goldens(root, may_change=bool(found)))
    if found:
        files[ACCEPTED] = _recorded(root, found, although)
    if said := unreleased(root):
        files[changelog.PAGE] = changelog.with_release(root, said, found, although, today=today)
    _save(root, files)
    gone = {p.relative_to(root) for p in (root / RELEASED).glob("mentoring.*.json")} - set(_files())
    for path in gone:
        (root / path).unlink()
    return sorted({*files, *gone})


def freeze(root: Path) -> list[Path]:
    """Freezes an example of each event that has none yet; answers what was written."""
    made = dict(_goldens(root, may_change=False))
    _save(root, made)
    return sorted(made)


def golden(event: type[Event]) -> dict[str, Any]:
    """An example as it would lie on the topic."""
    told = event.example()
    body = json.loads(told.body())
    return {"topic": event.topic.name, "key": told.key, "headers": example_headers(told), "body": body}


def sums(root: Path) -> str:
    """The digest of each golden file, in the format of `sha256sum`."""
    files = sorted((root / GOLDEN).glob("*.json"))
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def _files() -> dict[Path, str]:
    now = present()
    files = {RELEASED / f"{name}.json": as_json(schema) for name, schema in now.schemas.items()}
    return {**files, RELEASED / "topics.json": as_json(now.topics)}


def _goldens(root: Path, *, may_change: bool) -> Iterator[tuple[Path, str]]:
    """Examples of new events. Old ones stay as they are, unless a break was accepted and they no longer read."""
    for event in EVENTS:
        path = GOLDEN / f"{event.event_type()}.json"
        if not (root / path).exists() or (may_change and not _reads(event, root / path)):
            yield path, as_json(golden(event))


def _reads(event: type[Event], path: Path) -> bool:
    try:
        event.read(json.dumps(json.loads(path.read_text())["body"]))
    except ValidationError:
        return False
    return True


def _recorded(root: Path, found: list[str], although: str) -> str:
    path = root / ACCEPTED
    before = path.read_text() if path.exists() else "# Breaks that went out all the same, and why they may\n"
    return before + "\n".join(["", f"## {although}", "", *(f"- {sentence}" for sentence in found), ""])


def _save(root: Path, files: dict[Path, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    (root / SUMS).write_text(sums(root), encoding="utf-8")


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
