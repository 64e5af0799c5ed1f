"""The JSON Schema of each event, written for readers: what they do not know yet, they let pass."""

from collections.abc import Iterator
from typing import Any

from chassis.contract_docs.headers import schema_id
from contracts.event import Event

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event: type[Event]) -> Schema:
    """The published schema of one event."""
    made = _for_readers(event.model_json_schema())
    head = {
        "$schema": DIALECT,
        "$id": schema_id(event.event_type()),
        "title": event.__name__,
        "description": "\n\n".join([made["description"], *([str(event.deprecated)] if event.deprecated else [])]),
        **(event.deprecated.marks() if event.deprecated else {}),
        "x-event-type": event.event_type(),
        "x-topic": event.topic.name,
        "x-key": event.topic.key,
        "x-told-by": event.topic.owner,
    }
    return {**head, **{name: part for name, part in made.items() if name not in head}}


def _for_readers(node: Any) -> Any:
    """Opens closed objects, and drops the titles that only repeat a field's name."""
    if isinstance(node, list):
        return [_for_readers(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {
        name: {key: _without_title(_for_readers(value)) for key, value in part.items()}
        if name == "properties"
        else _for_readers(part)
        for name, part in node.items()
        if name not in ("examples", "default")
    }
    literal = {name: node[name] for name in ("default", "examples") if name in node}
    opened = {"additionalProperties": True} if node.get("additionalProperties") is False else {}
    return {**kept, **literal, **opened}


def _without_title(node: Schema) -> Schema:
    return {name: part for name, part in node.items() if name != "title"}


def resolve(node: Schema, root: Schema) -> Schema:
    """The schema behind a `$ref`; what stands beside the reference wins."""
    if "$ref" not in node:
        return node
    target = root["$defs"][node["$ref"].rpartition("/")[2]]
    return {**target, **{name: part for name, part in node.items() if name != "$ref"}}


def alternatives(node: Schema, root: Schema) -> tuple[list[Schema], bool]:
    """What a value may be besides null, and whether it may be null."""
    options = [resolve(option, root) for option in node.get("anyOf", [node])]
    others = [option for option in options if option.get("type") != "null"]
    return others, len(others) < len(options)


def all_fields(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Every field of the event and of the values inside it, as (`policy.rules.same_team`, its schema)."""
    yield from _fields(resolve(schema, schema), schema, "")


def _fields(node: Schema, root: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    for name, field in node.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here, resolve(field, root)
        for inner, mark in insides(field, root):
            yield from _fields(inner, root, here + mark)


def insides(field: Schema, root: Schema) -> Iterator[tuple[Schema, str]]:
    """The values a field may hold, each with the mark that stands for it in a path: none, `[]` or `{}`."""
    for option in alternatives(resolve(field, root), root)[0]:
        yield option, ""
        for item in [*option.get("prefixItems", []), *([option["items"]] if "items" in option else [])]:
            yield from ((inner, "[]" + mark) for inner, mark in insides(item, root))
        values = option.get("additionalProperties")
        if isinstance(values, dict):
            yield from ((inner, "{}" + mark) for inner, mark in insides(values, root))
