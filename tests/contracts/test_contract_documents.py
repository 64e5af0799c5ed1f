"""The generated documents: fresh, the same every time, and true."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from chassis import contract_docs
from chassis.contract_docs import asyncapi, released
from chassis.contract_docs.headers import HEADERS, schema_id
from chassis.contract_docs.schemas import schema_of
from chassis.envelope import Context, new_id, seal
from contracts.matching import MatchAccepted
from contracts.registry import EVENTS
from contracts.topics import TOPICS

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2027, 1, 11, 12, tzinfo=UTC)
events = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event_name())


def test_the_documents_in_the_repository_are_fresh():
    assert contract_docs.stale(ROOT) == [], "run `python -m chassis docs` and commit what it writes"


def test_the_same_contracts_give_the_same_documents():
    assert contract_docs.documents() == contract_docs.documents()


def test_a_changed_a_missing_and_a_leftover_document_are_stale_until_written(tmp_path):
    contract_docs.write(tmp_path)
    (tmp_path / "docs/events.md").write_text("old")
    (tmp_path / "docs/asyncapi.yaml").unlink()
    (tmp_path / "docs/schemas/mentoring.gone.v1.json").write_text("{}")
    wrong = [Path("docs/asyncapi.yaml"), Path("docs/events.md"), Path("docs/schemas/mentoring.gone.v1.json")]
    assert contract_docs.stale(tmp_path) == wrong
    assert contract_docs.write(tmp_path) == wrong
    assert contract_docs.stale(tmp_path) == []


@events
def test_the_page_shows_every_event_with_its_fields_and_an_example(event):
    text = (ROOT / "docs/events.md").read_text()
    section = text.partition(f"\n### {event.event_name()}\n")[2].partition("\n### ")[0]
    assert all(f"| `{name}` |" in section for name in event.model_fields)
    assert f"ce_type: {event.event_type()}" in section
    assert event.topic.owner in section


def test_every_link_inside_the_page_leads_somewhere():
    text = contract_docs.page()
    headings = [line.lstrip("# ").lower().replace(".", "") for line in text.splitlines() if line.startswith("#")]
    targets = {part.partition(")")[0] for part in text.split("](#")[1:]}
    assert targets <= set(headings)
    assert len(headings) == len(set(headings))


@events
def test_a_schema_is_valid_and_lets_unknown_fields_pass(event):
    schema = json.loads((ROOT / f"docs/schemas/{event.event_type()}.json").read_text())
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == schema_id(event.event_type())
    check = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    body = json.loads(event.example().body())
    check.validate({**body, "added_later": {"deep": [1]}})
    assert not check.is_valid({name: value for name, value in body.items() if name != event.topic.key})


def test_the_documented_headers_are_those_of_the_envelope():
    context = Context(correlation_id=new_id(), causation_id=new_id(), traceparent="00-x-y-01")
    now = MatchAccepted.example()
    sealed = seal(now, source="matching", sequence=7, now=NOON, context=context)
    assert set(sealed.headers) == {header.name for header in HEADERS}
    assert sealed.headers["ce_dataschema"] == schema_id(now.event_type())
    bare = seal(now, source="matching", sequence=7, now=NOON, context=Context.fresh())
    assert set(bare.headers) == {header.name for header in HEADERS if header.always}


DOCUMENT = yaml.load((ROOT / "docs/asyncapi.yaml").read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def test_asyncapi_is_what_the_contracts_say():
    assert asyncapi.document() == DOCUMENT
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert set(DOCUMENT["channels"]) == {topic.name for topic in TOPICS}
    assert set(DOCUMENT["components"]["messages"]) == {event.event_type() for event in EVENTS}


def test_every_reference_in_asyncapi_leads_somewhere():
    for reference in _references(DOCUMENT):
        here = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            here = here[step]


def _references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            assert len(node) == 1, "nothing may stand beside a reference"
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _references(each)


@events
def test_asyncapi_payloads_are_draft_7_schemas_that_fit_their_examples(event):
    message = DOCUMENT["components"]["messages"][event.event_type()]
    for part, example in (("payload", "payload"), ("headers", "headers")):
        schema = {**message[part], "components": DOCUMENT["components"]}
        Draft7Validator.check_schema(schema)
        Draft7Validator(schema).validate(message["examples"][0][example])


def test_every_channel_is_sent_on_by_its_owner_with_its_kafka_settings():
    for topic in TOPICS:
        channel = DOCUMENT["channels"][topic.name]
        operation = DOCUMENT["operations"][f"{topic.owner}.tell.{topic.name}"]
        assert operation["action"] == "send"
        assert operation["channel"]["$ref"] == f"#/channels/{topic.name}"
        assert len(operation["messages"]) == len(channel["messages"])
        assert channel["bindings"]["kafka"]["partitions"] == topic.partitions


@pytest.mark.skipif("ASYNCAPI_PARSER" not in os.environ, reason="ASYNCAPI_PARSER: the folder where npm installed it")
def test_the_official_parser_finds_asyncapi_valid(tmp_path):
    script = Path(__file__).with_name("official_parser.mjs")
    shutil.copy(script, Path(os.environ["ASYNCAPI_PARSER"]) / script.name)
    ran = subprocess.run(
        [str(shutil.which("node")), script.name, str(ROOT / "docs/asyncapi.yaml")],
        cwd=os.environ["ASYNCAPI_PARSER"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_released_schemas_are_json_schemas_too():
    for schema in released.last(ROOT).schemas.values():
        Draft202012Validator.check_schema(schema)


@events
def test_a_schema_says_where_its_event_travels(event):
    schema = schema_of(event)
    assert (schema["x-topic"], schema["x-key"]) == (event.topic.name, event.topic.key)
