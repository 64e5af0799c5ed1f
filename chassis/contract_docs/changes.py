"""What subscribers can read, have to leave behind or will miss between two states of the contracts, in sentences."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from chassis.contract_docs.compatibility import Contracts
from chassis.contract_docs.schemas import Schema, all_fields

ADDED, DEPRECATED, CHANGED, REMOVED = "Added", "Deprecated", "Changed", "Removed"
Found = Iterator[tuple[str, str, str]]
"""Under which heading, about which event or topic, and what is said of it."""


def changes(old: Contracts, new: Contracts) -> dict[str, list[str]]:
    """Sentences by heading, in the order of a changelog; events that share a change share its sentence."""
    subjects: dict[tuple[str, str], list[str]] = defaultdict(list)
    for heading, subject, said in [*_topics(old, new), *_events(old, new)]:
        subjects[heading, said].append(subject)
    found: dict[str, list[str]] = {}
    for heading in (ADDED, DEPRECATED, CHANGED, REMOVED):
        sentences = [f"{_listed(about)}: {said}" for (under, said), about in subjects.items() if under == heading]
        if sentences:
            found[heading] = sentences
    return found


def _listed(subjects: list[str]) -> str:
    *others, last = (f"**{subject}**" for subject in subjects)
    return f"{', '.join(others)} and {last}" if others else last


def _topics(old: Contracts, new: Contracts) -> Found:
    for name, now in new.topics.items():
        was = old.topics.get(name)
        if was is None:
            yield ADDED, f"topic {name}", f"told by {now['owner']}, keyed by `{now['key']}`. {now['about']}"
        elif was["retention_days"] != now["retention_days"]:
            yield CHANGED, f"topic {name}", f"kept {_days(now)} instead of {_days(was)}."
    for name in old.topics:
        if name not in new.topics:
            yield REMOVED, f"topic {name}", "nothing is told there any more."


def _days(topic: Any) -> str:
    return "for ever" if topic["retention_days"] is None else f"{topic['retention_days']} days"


def _events(old: Contracts, new: Contracts) -> Found:
    for event_type, now in new.schemas.items():
        name, was = event_type.removeprefix("mentoring."), old.schemas.get(event_type)
        if was is None:
            yield ADDED, name, f"on `{now['x-topic']}`. {_first_sentence(now['description'])}"
        else:
            yield from ((heading, name, said) for heading, said in _deprecation(was, now, "the event"))
            yield from ((heading, name, said) for heading, said in _fields(was, now))
    for event_type in old.schemas:
        if event_type not in new.schemas:
            yield REMOVED, event_type.removeprefix("mentoring."), "it is not told any more."


def _first_sentence(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


def _fields(was: Schema, now: Schema) -> Iterator[tuple[str, str]]:
    old, new = dict(all_fields(was)), dict(all_fields(now))
    for path, field in _outermost(new.keys() - old.keys(), new):
        yield ADDED, f"`{path}`, {field.get('description', '')}{_absent(field)}."
    for path, field in new.items():
        if path in old:
            yield from _deprecation(old[path], field, f"`{path}`")
            yield from _values(path, old[path], field)
    for path, _field in _outermost(old.keys() - new.keys(), old):
        yield REMOVED, f"`{path}`."


def _outermost(paths: Iterable[str], fields: dict[str, Schema]) -> Iterator[tuple[str, Schema]]:
    """Without the fields inside a field that is among them itself, in the order of the schema."""
    among = set(paths)
    for path, field in fields.items():
        parents = {path[:at] for at, letter in enumerate(path) if letter == "."}
        if path in among and not {parent.rstrip("[]{}") for parent in parents} & among:
            yield path, field


def _absent(field: Schema) -> str:
    value = field.get("default", [])
    return "" if isinstance(value, list | dict) or value == "" else f"; where it is missing: `{json.dumps(value)}`"


def _values(path: str, was: Schema, now: Schema) -> Iterator[tuple[str, str]]:
    known, allowed = _allowed(was), _allowed(now)
    fresh = [f"`{each}`" for each in allowed if each not in known] if known else []
    if fresh:
        yield CHANGED, f"`{path}` may be {', '.join(fresh)}, too."


def _allowed(field: Schema) -> list[Any]:
    """The values that a field, or each in its list, may have; empty: any."""
    return list(field.get("enum") or field.get("items", {}).get("enum") or ())


def _deprecation(was: Schema, now: Schema, what: str) -> Iterator[tuple[str, str]]:
    if now.get("deprecated") and not was.get("deprecated"):
        yield DEPRECATED, f"{what} is told until {now['x-sunset']} at least. Instead: {now['x-instead']}."
    elif was.get("deprecated") and not now.get("deprecated"):
        yield CHANGED, f"{what} stays after all."
    elif was.get("x-sunset") != now.get("x-sunset"):
        yield CHANGED, f"{what} is told until {now['x-sunset']} at least, not {was['x-sunset']}."
