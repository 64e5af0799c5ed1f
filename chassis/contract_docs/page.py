"""docs/events.md: every topic and every event on one page, for people who subscribe."""

import json
from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

from chassis.contract_docs.headers import HEADERS, example_headers
from chassis.contract_docs.schemas import Schema, schema_of
from chassis.contract_docs.words import type_in_words
from contracts.event import Event
from contracts.registry import EVENTS
from contracts.topics import TOPICS, Topic

_HEAD = """\
# Events

Made from `contracts/` by `python -m chassis docs`; do not edit by hand. New here? Start with
[subscribers/](subscribers/README.md). The same for machines: [asyncapi.yaml](asyncapi.yaml), and one JSON Schema per
event in [schemas/](schemas/).

## How to read a record

- **Key**: the id of the aggregate, as text. All events of one key are on one partition, in the order of their story.
- **Value**: the event as plain JSON in UTF-8. No prefix bytes, no registry. `null` (a tombstone) on a compacted
  topic: forget this key.
- **Headers**: what is known about the event ([CloudEvents 1.0](https://cloudevents.io), Kafka binary mode), each as
  UTF-8 text:

"""
_RULES = """
What you can rely on:

- **At least once.** The same event may come again, with the same `ce_id`. Remember the ids you have handled.
- **Order per key.** First occurrences of one key come in the order of `ce_sequence`; a repeated one may step back.
  Never order by time. On a compacted topic numbers are missing: only the last fact of each key is kept.
- **Change by adding.** Within a major version fields are only added, with a default. Ignore fields and types that
  you do not know. A new major version is a new topic, published beside the old one for a stated time.
- **Data classes.** `public` may leave the company; `internal` is working data; `personal` (names, addresses) travels
  on the restricted contact topic only; `sensitive` (private answers and notes) is on no topic at all.
- Instants are RFC 3339 in UTC and end in `_at`; days are ISO dates and end in `_on`.
"""


def page() -> str:
    """The whole page."""
    schemas = {event: schema_of(event) for event in EVENTS}
    parts = [_HEAD, _headers(), _RULES, "\n## Topics\n\n", _topics(), "\n## Index\n\n", _index()]
    for topic in TOPICS:
        parts += [f"\n## {topic.name}\n\n{topic.about}\n"]
        parts += [_event(event, schemas[event]) for event in EVENTS if event.topic == topic]
    return "".join([*parts, "\n## Values inside events\n", *_values(schemas.values())])


def _table(head: str, rows: Iterable[Iterable[str]]) -> str:
    titles = [title.strip() for title in head.split("|")]
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _headers() -> str:
    return _table(
        "Header | Meaning | Always there | Example",
        ([f"`{h.name}`", h.about, "yes" if h.always else "no", f"`{h.example}`"] for h in HEADERS),
    )


def _topics() -> str:
    return _table("Topic | Told by | Key | Partitions | Kept | Data class | About", map(_topic, TOPICS))


def _topic(topic: Topic) -> list[str]:
    name = f"[{topic.name}](#{topic.name.replace('.', '')})"
    data_class = topic.data_class.name.lower()
    return [name, topic.owner, f"`{topic.key}`", str(topic.partitions), kept(topic), data_class, topic.about]


def kept(topic: Topic) -> str:
    """How long a record stays, in words."""
    last = "the last of each key" if topic.compacted else "all"
    return f"{last}, for ever" if topic.retention_days is None else f"{last}, {topic.retention_days} days"


def _index() -> str:
    return _table(
        "Event | Type | Topic | Meaning",
        ([f"[{e.event_name()}](#{e.event_name()})", f"`{e.event_type()}`", e.topic.name, _meaning(e)] for e in EVENTS),
    )


def _meaning(event: type[Event]) -> str:
    return " ".join(cleandoc(event.__doc__ or "").split("\n\n", maxsplit=1)[0].split())


def _event(event: type[Event], schema: Schema) -> str:
    name, topic = event.event_type(), event.topic
    where = f"`{name}` · told by **{topic.owner}** on `{topic.name}` · key `{topic.key}`"
    return "\n".join(
        [
            f"\n### {event.event_name()}\n\n{schema['description']}\n",
            f"{where} · [schema](schemas/{name}.json)\n",
            _fields(schema),
            _example(event),
        ]
    )


def _fields(node: Schema) -> str:
    return _table(
        "Field | Type | Meaning | Unit | Data class | If absent",
        (_field(name, field, node) for name, field in node["properties"].items()),
    )


def _field(name: str, field: Schema, node: Schema) -> list[str]:
    absent = "always there" if name in node.get("required", ()) else f"`{_json(_default(field))}`"
    words = [type_in_words(field), field["description"], field.get("x-unit", ""), field["x-data-class"]]
    return [f"`{name}`", *words, absent]


def _default(field: Schema) -> Any:
    # The whole default of a part would fill the table; its own table says it.
    return {} if "$ref" in field else field.get("default")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _example(event: type[Event]) -> str:
    told = event.example()
    headers = "".join(f"{name}: {value}\n" for name, value in example_headers(told).items())
    body = json.dumps(json.loads(told.body()), indent=2, ensure_ascii=False)
    return f"```text\nkey: {told.key}\n{headers}```\n\n```json\n{body}\n```\n"


def _values(schemas: Iterable[Schema]) -> list[str]:
    found = {name: part for schema in schemas for name, part in schema.get("$defs", {}).items()}
    return [
        f"\n### {name}\n\n{cleandoc(found[name].get('description', ''))}\n\n{_fields(found[name])}"
        for name in sorted(found)
    ]
