"""The gate: what a change of the contracts would break, and for whom, in a sentence each.

Three parties can be hurt. *Subscribers* have code that counts on what is told. *Old readers* check strictly what
they were built with (our own services do, and a rollout runs two releases side by side). *New readers* must still
read the events that are already on the topic.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis.contract_docs.schemas import Schema, alternatives, resolve
from contracts.topics import DataClass

_LEAST = ("minimum", "minLength", "minItems")
_MOST = ("maximum", "maxLength", "maxItems")
_REFUSED = "old readers refuse such events; let every reader learn it one release earlier"
_ON_TOPIC = "events already on the topic can no longer be read"


@dataclass(frozen=True)
class Contracts:
    """Everything others rely on: schemas by event type, topics by name."""

    schemas: Mapping[str, Schema]
    topics: Mapping[str, Mapping[str, Any]]


def breaks(old: Contracts, new: Contracts, *, today: date) -> list[str]:
    """One sentence for each thing that would break somebody; empty: everything released still holds.

    An event that was released as deprecated may go after its day, and a topic when all its events may.
    """
    over = {name for name, was in old.schemas.items() if is_over(was, today)}
    return [*_topics(old, new, over), *_events(old, new, over)]


def is_over(schema: Schema, today: date) -> bool:
    """Whether what was released here as deprecated may go by now."""
    return "x-sunset" in schema and date.fromisoformat(schema["x-sunset"]) < today


def _topics(old: Contracts, new: Contracts, over: set[str]) -> Iterator[str]:
    for name, was in old.topics.items():
        now = new.topics.get(name)
        told = {event for event, schema in old.schemas.items() if schema["x-topic"] == name}
        if now is None and told and told <= over:
            continue
        if now is None:
            yield f"Topic {name} is gone: its subscribers hear nothing any more."
        else:
            yield from (f"Topic {name}: {said}." for said in _topic(was, now))


def _topic(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if was["key"] != now["key"]:
        yield f"the key changes from {was['key']} to {now['key']}: subscribers lose the order of each story"
    if was["owner"] != now["owner"]:
        yield f"the owner changes from {was['owner']} to {now['owner']}: `ce_source` and access rules no longer fit"
    if was["partitions"] != now["partitions"]:
        yield (
            f"partitions change from {was['partitions']} to {now['partitions']}: keys move, and a story is out of order"
            " for subscribers that are behind"
        )
    if was["compacted"] != now["compacted"]:
        kind = (
            "compacted: subscribers lose all but the last fact of each key"
            if now["compacted"]
            else ("no longer compacted: subscribers that rebuild lose what is older than the retention")
        )
        yield f"it is {kind}"
    if _days(now) < _days(was):
        yield f"it is kept {now['retention_days']} days only: subscribers that rebuild find less than promised"
    if DataClass[now["data_class"]] > DataClass[was["data_class"]]:
        yield f"its data class rises to {now['data_class'].lower()}: its subscribers are not cleared for that"


def _days(topic: Mapping[str, Any]) -> float:
    return float("inf") if topic["retention_days"] is None else topic["retention_days"]


def _events(old: Contracts, new: Contracts, over: set[str]) -> Iterator[str]:
    for event_type, was in old.schemas.items():
        name = event_type.removeprefix("mentoring.")
        now = new.schemas.get(event_type)
        if now is None and event_type in over:
            continue
        if now is None:
            yield f"{name} is gone: its subscribers wait for ever. A new meaning is a new event beside it."
            continue
        for mark, word in (("x-topic", "topic"), ("x-key", "key"), ("x-told-by", "teller")):
            if was[mark] != now[mark]:
                yield f"{name}: the {word} changes from {was[mark]} to {now[mark]}: subscribers do not hear it there."
        yield from (f"{name}: {said}." for said in _object((was, was), (now, now), ""))


Node = tuple[Schema, Schema]
"""A schema, and the root that its references lead into."""


def _object(was: Node, now: Node, path: str) -> Iterator[str]:
    old_fields, new_fields = _properties(was), _properties(now)
    for name, old in old_fields.items():
        if name not in new_fields:
            yield f"`{path}{name}` is removed: subscribers that read it find nothing. Keep it until the next major"
            continue
        here, new = f"{path}{name}", new_fields[name]
        yield from _required(here, name in _needed(was), name in _needed(now))
        yield from _meaning(here, old, new)
        yield from _value((old, was[1]), (new, now[1]), here)
    for name in new_fields.keys() - old_fields.keys():
        if name in _needed(now):
            yield f"`{path}{name}` is new and required: {_ON_TOPIC}. Give it a default"


def _properties(node: Node) -> dict[str, Schema]:
    return {name: resolve(field, node[1]) for name, field in node[0].get("properties", {}).items()}


def _needed(node: Node) -> set[str]:
    return set(node[0].get("required", ()))


def _required(path: str, was: bool, now: bool) -> Iterator[str]:
    if now and not was:
        yield f"`{path}` becomes required: {_ON_TOPIC} where it is missing"
    if was and not now:
        yield f"`{path}` may now be missing: subscribers and old readers count on it"


def _meaning(path: str, was: Schema, now: Schema) -> Iterator[str]:
    if was.get("x-unit") != now.get("x-unit"):
        yield (
            f"the unit of `{path}` changes from {was.get('x-unit', 'none')} to {now.get('x-unit', 'none')}:"
            " subscribers go on with wrong numbers and notice nothing. Use a new name"
        )
    if "default" in was and "default" in now and not _holds(was["default"], now["default"]):
        yield f"the default of `{path}` changes: events told without it mean something else"
    classes = [DataClass[side.get("x-data-class", "internal").upper()] for side in (was, now)]
    if classes[1] > classes[0]:
        yield f"`{path}` becomes {classes[1].name.lower()}: subscribers are not cleared for that"


def _holds(was: Any, now: Any) -> bool:
    """Whether a default still says all that it said; a value inside an event may have gained fields with defaults."""
    if isinstance(was, dict) and isinstance(now, dict):
        return all(name in now and _holds(value, now[name]) for name, value in was.items())
    return bool(was == now)


def _value(was: Node, now: Node, path: str) -> Iterator[str]:
    """Compares what a field may hold."""
    (olds, old_null), (news, new_null) = alternatives(*was), alternatives(*now)
    if new_null and not old_null:
        yield f"`{path}` may now be null: {_REFUSED}"
    if old_null and not new_null:
        yield f"`{path}` may no longer be null: {_ON_TOPIC} where it is"
    kinds = [sorted(_kind(option) for option in options) for options in (olds, news)]
    if kinds[0] != kinds[1]:
        yield f"`{path}` changes from {' or '.join(kinds[0])} to {' or '.join(kinds[1])}: subscribers cannot parse it"
        return
    for old, new in zip(sorted(olds, key=_kind), sorted(news, key=_kind), strict=True):
        yield from _range(path, old, new)
        yield from _inside((old, was[1]), (new, now[1]), path)


def _kind(option: Schema) -> str:
    return f"{option.get('type', 'any')}{' ' + option['format'] if 'format' in option else ''}"


def _inside(was: Node, now: Node, path: str) -> Iterator[str]:
    yield from _object(was, now, f"{path}.")
    for part, mark in (("items", "[]"), ("additionalProperties", "{}"), ("propertyNames", "{} keys")):
        old, new = was[0].get(part), now[0].get(part)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _value((resolve(old, was[1]), was[1]), (resolve(new, now[1]), now[1]), path + mark)
    for old, new in zip(was[0].get("prefixItems", []), now[0].get("prefixItems", []), strict=False):
        yield from _value((resolve(old, was[1]), was[1]), (resolve(new, now[1]), now[1]), path + "[]")


def _range(path: str, was: Schema, now: Schema) -> Iterator[str]:
    """Compares which values of the same kind are allowed."""
    added = [each for each in now.get("enum", []) if each not in was.get("enum", [])] if "enum" in was else []
    if added:
        yield f"`{path}` may now be {_listed(added)}: {_REFUSED}"
    if "enum" in was and "enum" not in now:
        yield f"`{path}` may now be anything: {_REFUSED}"
    gone = [each for each in was.get("enum", []) if each not in now.get("enum", [])] if "enum" in now else []
    if gone or ("enum" in now and "enum" not in was):
        yield f"`{path}` may no longer be {_listed(gone) or 'anything'}: {_ON_TOPIC} where it is"
    if was.get("pattern") != now.get("pattern"):
        yield f"the pattern of `{path}` changes: old readers, or new ones of old events, refuse what does not fit"
    for bound in (*_LEAST, *_MOST):
        yield from _bound(path, bound, was.get(bound), now.get(bound))


def _listed(values: list[Any]) -> str:
    return " or ".join(f"`{value}`" for value in values)


def _bound(path: str, bound: str, was: float | None, now: float | None) -> Iterator[str]:
    if was == now:
        return
    sign = 1 if bound in _MOST else -1
    limits = [sign * float("inf") if limit is None else limit for limit in (was, now)]
    said = f"{bound} of `{path}` changes from {was} to {now}"
    if sign * limits[1] > sign * limits[0]:
        yield f"{said}: {_REFUSED}"
    else:
        yield f"{said}: {_ON_TOPIC} where they lie outside"
