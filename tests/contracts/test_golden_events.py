"""One event of each version ever released lies here, frozen: today's code must still read it."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from chassis.contract_docs import released
from chassis.contract_docs.headers import HEADERS
from chassis.contract_docs.schemas import schema_of
from chassis.envelope import open_record
from contracts.registry import BY_TYPE

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = sorted((ROOT / released.GOLDEN).glob("*.json"))


def holds(told: object, again: object) -> bool:
    """Whether all that was told stands there again; a value inside an event may have gained fields."""
    if isinstance(told, dict) and isinstance(again, dict):
        return all(name in again and holds(value, again[name]) for name, value in told.items())
    if isinstance(told, list) and isinstance(again, list):
        return len(told) == len(again) and all(map(holds, told, again))
    return told == again


golden = pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)


def test_every_event_has_a_golden_one():
    missing = set(BY_TYPE) - {path.stem for path in GOLDEN}
    assert not missing, "run `python -m chassis contracts freeze` and commit what it writes"


def test_a_golden_event_never_changes_silently():
    assert released.sums(ROOT) == (ROOT / released.SUMS).read_text(), "events that were told do not change"


@golden
def test_a_golden_event_is_still_read_and_loses_nothing(path):
    told = json.loads(path.read_text())
    event = BY_TYPE[path.stem].read(json.dumps(told["body"]))
    again = json.loads(event.body())
    assert holds(told["body"], again)
    assert type(event).read(event.body()) == event


def test_a_value_inside_an_event_may_grow_and_nothing_else():
    told = {"rules": {"depth": 3}, "skills": [{"level": 4}]}
    assert holds(told, {"rules": {"depth": 3, "mood": 0}, "skills": [{"level": 4, "teach": False}], "new": 1})
    lost = ({"rules": {}}, {"rules": {"depth": 2}}, {"skills": []}, {"skills": [{"level": 5}]}, {"rules": None})
    assert not any(holds(told, told | each) for each in lost)


@golden
def test_a_golden_record_opens(path):
    told = json.loads(path.read_text())
    heard = open_record(
        BY_TYPE[path.stem],
        topic=told["topic"],
        key=told["key"].encode(),
        value=json.dumps(told["body"]).encode(),
        headers=[(name, value.encode()) for name, value in told["headers"].items()],
    )
    assert (heard.topic, heard.key, heard.sequence) == (heard.event.topic.name, heard.event.key, 1)


@golden
def test_a_golden_event_fits_the_published_schema(path):
    schema = schema_of(BY_TYPE[path.stem])
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
        json.loads(path.read_text())["body"]
    )


@golden
def test_a_golden_event_has_the_documented_headers(path):
    assert list(json.loads(path.read_text())["headers"]) == [header.name for header in HEADERS if header.always]
