"""What every event must be, so that others can rely on it."""

import re
from datetime import date, datetime
from typing import get_args

import pytest
from pydantic import AwareDatetime, ValidationError

from chassis.contract_docs.schemas import all_fields, alternatives, schema_of
from contracts.event import Event
from contracts.matching import MatchProposed
from contracts.profiles import ContactUpdated
from contracts.registry import BY_TYPE, EVENTS
from contracts.topics import CONTACT, TOPICS, DataClass

events = pytest.mark.parametrize("event", EVENTS, ids=Event.event_name.__func__)  # type: ignore[attr-defined]
RELIED_ON = {
    "profile-updated": "person_id roles mentor_seats level team function location time_zone languages working_hours"
    " manager_id skills wants goals style",
    "match-": "match_id program_id mentee_id mentor_id",
    "match-proposed": "score parts reasons run_id expires_at",
    "match-declined": "reason",
    "relationship-": "relationship_id match_id program_id mentee_id mentor_id",
    "agreement-": "relationship_id",
    "agreement-diverged": "fields steps",
    "meeting-": "meeting_id relationship_id",
    "checkin-": "checkin_id relationship_id person_id due_at",
    "checkin-missed": "missed_in_a_row",
    "letter-": "letter_id person_id template cause",
    "letter-suppressed": "reason",
    "letter-failed": "reason",
}
"""The names that are promised to clients, subscribers and independent checks."""


@events
def test_an_event_says_what_it_means_and_when_it_is_told(event):
    meaning, _, when = (event.__doc__ or "").strip().partition("\n\n")
    assert meaning.strip().endswith(".")
    assert when.strip().startswith("Told ")


@events
def test_an_event_has_a_key_among_its_fields_and_a_registered_topic(event):
    assert event.topic in TOPICS
    assert event.model_fields[event.topic.key].is_required()
    assert BY_TYPE[event.event_type()] is event


@events
def test_an_example_survives_the_wire(event):
    told = event.example()
    assert event.read(told.body()) == told


@events
def test_who_tells_is_strict_and_who_reads_is_tolerant(event):
    told = event.example()
    with pytest.raises(ValidationError, match="surprise"):
        event.model_validate({**told.model_dump(), "surprise": 1})
    assert event.read(told.body().replace("{", '{"surprise": {"deep": [1]}, ', 1)) == told


def test_a_reader_is_tolerant_inside_values_too():
    body = MatchProposed.example().body().replace('{"part"', '{"surprise": 1, "part"')
    assert "surprise" in body
    assert MatchProposed.read(body) == MatchProposed.example()


@events
def test_an_event_cannot_be_changed(event):
    with pytest.raises(ValidationError, match="frozen"):
        setattr(event.example(), event.topic.key, "other")


@events
def test_every_field_is_described_with_an_example_and_a_data_class_that_its_topic_may_carry(event):
    for path, field in all_fields(schema_of(event)):
        assert field["description"], path
        assert field["examples"], path
        assert DataClass[field["x-data-class"].upper()] <= event.topic.data_class, path


@events
def test_every_number_has_a_unit(event):
    schema = schema_of(event)
    for path, field in all_fields(schema):
        assert field.get("x-unit") or not is_number(field, schema), path


def is_number(field, root):
    options, _ = alternatives(field, root)
    inner = [o[part] for o in options for part in ("items", "additionalProperties") if isinstance(o.get(part), dict)]
    return any(o.get("type") in ("integer", "number") for o in [*options, *inner])


@events
def test_instants_end_in_at_and_days_in_on(event):
    for name, field in event.model_fields.items():
        kinds = {field.annotation, *get_args(field.annotation)}
        assert bool(kinds & {datetime, AwareDatetime}) == name.endswith("_at"), name
        assert (date in kinds) == name.endswith("_on"), name


def test_names_and_addresses_travel_on_the_contact_topic_only():
    personal = {
        e for e in EVENTS for _, f in all_fields(schema_of(e)) if f["x-data-class"] in ("personal", "sensitive")
    }
    assert personal == {ContactUpdated}
    assert [topic for topic in TOPICS if topic.data_class > DataClass.INTERNAL] == [CONTACT]


@events
def test_no_field_is_named_like_personal_data_outside_the_contact_topic(event):
    if event.topic != CONTACT:
        named = {path for path, _ in all_fields(schema_of(event))}
        assert not [path for path in named if re.search(r"email|phone|address|birth|gender|(?<!policy\.)\bname$", path)]


@pytest.mark.parametrize("prefix", RELIED_ON)
def test_the_fields_that_subscribers_rely_on_are_there(prefix):
    # A run is its own aggregate; only its name begins like that of a match.
    meant = [e for e in EVENTS if e.event_name().startswith(prefix) and e.event_name() != "match-run-completed"]
    assert meant
    for event in meant:
        assert set(RELIED_ON[prefix].split()) <= set(event.model_fields), event


def test_an_instant_is_in_utc_on_the_wire():
    told = MatchProposed.example().model_copy(
        update={"expires_at": datetime.fromisoformat("2027-01-14T18:00:00+02:00")}
    )
    assert '"expires_at":"2027-01-14T16:00:00Z"' in told.body()


def test_a_compacted_topic_holds_whole_facts():
    """Only the last fact of a key is kept there, so each must say everything a newcomer needs."""
    kept = {e.event_name(): set(e.model_fields) for e in EVENTS if e.topic.name == "matching.program.v1"}
    assert all(names == {"program_id", "policy_version", "policy"} for names in kept.values())
