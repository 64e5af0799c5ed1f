"""docs/asyncapi.yaml: the same contracts as an AsyncAPI 3.0 document."""

import json
from typing import Any

import yaml

from chassis.contract_docs.headers import HEADERS, example_headers
from chassis.contract_docs.schemas import Schema, schema_of
from contracts.event import Event
from contracts.registry import EVENTS
from contracts.topics import TOPICS, Topic

BINDING = "0.5.0"
DAY_MS = 24 * 60 * 60 * 1000
_ABOUT = """\
Facts that the mentoring platform tells on Kafka (CloudEvents 1.0, binary mode; the value is plain JSON).
Delivery is at least once, in order per key. Readers ignore fields and types that they do not know.
The same for people: events.md. How to subscribe: subscribers/README.md.
"""


def document() -> Schema:
    """The document as plain values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Mentoring platform events",
            "version": "1.0.0",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {f"{topic.owner}.tell.{topic.name}": _operation(topic) for topic in TOPICS},
        "components": {
            "messages": {event.event_type(): _message(event) for event in EVENTS},
            "schemas": {"Headers": _headers(), **_schemas()},
        },
    }


def as_yaml() -> str:
    """The document as text; the same contracts give the same text."""
    head = "# Made from contracts/ by `python -m chassis docs`; do not edit by hand.\n"
    return head + yaml.dump(document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


class _Plain(yaml.SafeDumper):
    """Without anchors: they are hard to read, and some readers do not know them."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def _channel(topic: Topic) -> Schema:
    return {
        "address": topic.name,
        "title": topic.name,
        "description": topic.about,
        "x-data-class": topic.data_class.name.lower(),
        "x-key": topic.key,
        "x-owner": topic.owner,
        "messages": {e.event_type(): _ref("messages", e.event_type()) for e in EVENTS if e.topic == topic},
        "bindings": {"kafka": _topic_binding(topic)},
    }


def _topic_binding(topic: Topic) -> Schema:
    days = topic.retention_days
    return {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": {
            "cleanup.policy": ["compact" if topic.compacted else "delete"],
            "retention.ms": -1 if days is None else days * DAY_MS,
        },
        "bindingVersion": BINDING,
    }


def _operation(topic: Topic) -> Schema:
    channel = f"#/channels/{_escaped(topic.name)}"
    return {
        "action": "send",
        "title": f"{topic.owner} tells on {topic.name}",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{_escaped(e.event_type())}"} for e in EVENTS if e.topic == topic],
        "tags": [{"name": topic.owner}],
    }


def _message(event: type[Event]) -> Schema:
    told = event.example()
    key = event.model_json_schema()["properties"][event.topic.key]
    return {
        "name": event.event_type(),
        "title": event.event_name(),
        "description": schema_of(event)["description"],
        "contentType": "application/json",
        "headers": {
            "allOf": [_ref("schemas", "Headers")],
            "type": "object",
            "properties": {"ce_type": {"type": "string", "const": event.event_type()}},
        },
        "payload": _ref("schemas", event.event_type()),
        "bindings": {"kafka": {"key": _draft7(_key(key)), "bindingVersion": BINDING}},
        "examples": [
            {"name": event.event_name(), "headers": example_headers(told), "payload": json.loads(told.body())}
        ],
    }


def _key(field: Schema) -> Schema:
    return {name: field[name] for name in ("type", "format", "pattern", "description") if name in field}


def _headers() -> Schema:
    return {
        "type": "object",
        "description": "CloudEvents attributes, each a Kafka header with UTF-8 text.",
        "required": [header.name for header in HEADERS if header.always],
        "properties": {
            header.name: {
                "type": "string",
                **({"format": header.format} if header.format else {}),
                "description": header.about,
                "examples": [header.example],
            }
            for header in HEADERS
        },
    }


def _schemas() -> dict[str, Schema]:
    """Every event's payload and every value inside one, under one roof."""
    found: dict[str, Schema] = {}
    for event in EVENTS:
        schema = schema_of(event)
        found |= {name: _draft7(part) for name, part in schema.pop("$defs", {}).items()}
        found[event.event_type()] = _draft7(
            {name: part for name, part in schema.items() if name not in ("$schema", "$id")}
        )
    return found


def _draft7(node: Any) -> Any:
    """AsyncAPI's own schema format is draft 7: a tuple is `items`, and nothing may stand beside a `$ref`."""
    if isinstance(node, list):
        return [_draft7(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {name: part if name in ("default", "examples") else _draft7(part) for name, part in node.items()}
    if "prefixItems" in made:
        made["items"] = made.pop("prefixItems")
    if "$ref" in made:
        reference = _ref("schemas", made.pop("$ref").rpartition("/")[2])
        return {"allOf": [reference], **made} if made else reference
    return made


def _ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{_escaped(name)}"}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
