"""The gate says in a sentence what a change would break, and for whom. Each planted change finds its sentence."""

import copy
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from chassis.contract_docs import released
from chassis.contract_docs.compatibility import Contracts, breaks

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2027, 1, 11)
PROPOSED = "mentoring.match-proposed.v1"
PROFILE = "mentoring.profile-updated.v1"
LETTER = "mentoring.letter-sent.v1"
OPENED = "mentoring.program-opened.v1"

Change = Callable[[dict[str, Any], dict[str, Any]], object]


def fields(schemas: dict[str, Any], event: str) -> dict[str, Any]:
    return schemas[event]["properties"]


def drop(event: str, name: str) -> Change:
    def plant(schemas, _topics):
        del fields(schemas, event)[name]
        schemas[event]["required"] = [each for each in schemas[event]["required"] if each != name]

    return plant


def field(event: str, name: str, **change: Any) -> Change:
    return lambda schemas, _topics: fields(schemas, event)[name].update(change)


def require(event: str, name: str) -> Change:
    return lambda schemas, _topics: schemas[event]["required"].append(name)


def relax(event: str, name: str) -> Change:
    return lambda schemas, _topics: schemas[event]["required"].remove(name)


def add(event: str, name: str, *, required: bool) -> Change:
    def plant(schemas, _topics):
        fields(schemas, event)[name] = {"type": "string", "x-data-class": "internal"}
        if required:
            schemas[event]["required"].append(name)

    return plant


def topic(name: str, **change: Any) -> Change:
    return lambda _schemas, topics: topics[name].update(change)


def inside(event: str, part: str, name: str, **change: Any) -> Change:
    return lambda schemas, _topics: schemas[event]["$defs"][part]["properties"][name].update(change)


def grow(event: str, part: str, name: str, holder: str, *, default: Any = ...) -> Change:
    """A value inside an event gains a field; and so does the default of the field that holds such a value."""

    def plant(schemas, _topics):
        known = schemas[event]["$defs"]
        known[part]["properties"][name] = {"type": "integer", "x-data-class": "internal"}
        if default is ...:
            known[part].setdefault("required", []).append(name)
        else:
            known[part]["properties"][name]["default"] = default
            known["Policy"]["properties"][holder]["default"][name] = default

    return plant


def shrink_default(schemas: dict[str, Any], _topics: dict[str, Any]) -> None:
    del schemas[OPENED]["$defs"]["Policy"]["properties"]["rules"]["default"]["same_team"]


def turn_default(schemas: dict[str, Any], _topics: dict[str, Any]) -> None:
    schemas[OPENED]["$defs"]["Policy"]["properties"]["rules"]["default"]["same_team"] = True


TEMPLATES = ["offer", "reminder"]
BREAKING: dict[str, tuple[Change, str]] = {
    "field removed": (
        drop(PROPOSED, "score"),
        "match-proposed.v1: `score` is removed: subscribers that read it find nothing. Keep it until the next major.",
    ),
    "type changed": (
        field(PROPOSED, "score", type="number"),
        "match-proposed.v1: `score` changes from integer to number: subscribers cannot parse it.",
    ),
    "format changed": (field(PROPOSED, "expires_at", format="date"), "changes from string date-time to string date"),
    "new required field": (
        add(PROPOSED, "mood", required=True),
        "`mood` is new and required: events already on the topic can no longer be read. Give it a default.",
    ),
    "optional becomes required": (require(PROPOSED, "run_id"), "`run_id` becomes required: events already on"),
    "required becomes optional": (relax(PROPOSED, "score"), "`score` may now be missing: subscribers and old readers"),
    "becomes nullable": (
        field(PROPOSED, "score", anyOf=[{"type": "integer", "minimum": 0, "maximum": 10_000_000}, {"type": "null"}]),
        "`score` may now be null: old readers refuse such events",
    ),
    "no longer nullable": (
        field(PROFILE, "joined_on", anyOf=[{"type": "string", "format": "date"}]),
        "`joined_on` may no longer be null: events already on the topic can no longer be read where it is",
    ),
    "enum value added": (
        lambda schemas, _: fields(schemas, LETTER)["template"]["enum"].append("postcard"),
        "`template` may now be `postcard`: old readers refuse such events; let every reader learn it one release",
    ),
    "enum value removed": (
        lambda schemas, _: fields(schemas, LETTER)["template"]["enum"].remove("offer"),
        "`template` may no longer be `offer`: events already on the topic",
    ),
    "enum value added in a list": (
        lambda schemas, _: fields(schemas, PROFILE)["roles"]["items"]["enum"].append("sponsor"),
        "`roles[]` may now be `sponsor`",
    ),
    "enum of a map's keys": (
        lambda schemas, _: fields(schemas, "mentoring.agreement-diverged.v1")["steps"]["propertyNames"]["enum"].append(
            "place"
        ),
        "`steps{} keys` may now be `place`",
    ),
    "bound tightened": (
        field(PROFILE, "mentor_seats", maximum=5),
        "maximum of `mentor_seats` changes from 10 to 5: events already on the topic can no longer be read",
    ),
    "bound loosened": (
        field(PROFILE, "mentor_seats", maximum=20),
        "maximum of `mentor_seats` changes from 10 to 20: old readers refuse such events",
    ),
    "lower bound lifted": (field(PROFILE, "mentor_seats", minimum=1), "minimum of `mentor_seats` changes from 0 to 1"),
    "bound dropped": (field(PROFILE, "goals", maxLength=None), "maxLength of `goals` changes from 2000 to None: old"),
    "pattern changed": (field(PROFILE, "person_id", pattern="^p"), "the pattern of `person_id` changes"),
    "unit changed": (
        field(PROFILE, "mentor_seats", **{"x-unit": "hours"}),
        "the unit of `mentor_seats` changes from people to hours: subscribers go on with wrong numbers",
    ),
    "default changed": (field(PROFILE, "goals", default="none"), "the default of `goals` changes: events told without"),
    "default changed inside": (turn_default, "the default of `policy.rules` changes: events told without it"),
    "default says less": (shrink_default, "the default of `policy.rules` changes: events told without it"),
    "new required field inside": (
        grow(OPENED, "Rules", "mood", "rules"),
        "`policy.rules.mood` is new and required: events already on the topic can no longer be read",
    ),
    "data class raised": (field(PROFILE, "goals", **{"x-data-class": "personal"}), "`goals` becomes personal"),
    "inside a value": (inside(PROFILE, "Skill", "level", maximum=4), "maximum of `skills[].level` changes from 5 to 4"),
    "inside a tuple": (
        lambda schemas, _: schemas["mentoring.program-opened.v1"]["$defs"]["Rules"]["properties"]["seniority_gap"][
            "prefixItems"
        ][0].update(type="number"),
        "`policy.rules.seniority_gap[]` changes from integer to number",
    ),
    "event removed": (lambda schemas, _: schemas.pop(LETTER), "letter-sent.v1 is gone: its subscribers wait for ever."),
    "event moved": (
        lambda schemas, _: schemas[LETTER].update({"x-topic": "notifications.mail.v1"}),
        "letter-sent.v1: the topic changes from notifications.letter.v1 to notifications.mail.v1",
    ),
    "event keyed anew": (
        lambda schemas, _: schemas[LETTER].update({"x-key": "person_id"}),
        "the key changes from letter_id to person_id",
    ),
    "event told by another": (lambda schemas, _: schemas[LETTER].update({"x-told-by": "x"}), "the teller changes from"),
    "topic removed": (lambda _, topics: topics.pop("matching.run.v1"), "Topic matching.run.v1 is gone"),
    "topic keyed anew": (
        topic("matching.match.v1", key="mentee_id"),
        "Topic matching.match.v1: the key changes from match_id to mentee_id: subscribers lose the order of each",
    ),
    "topic owned by another": (topic("matching.match.v1", owner="engagement"), "the owner changes from matching"),
    "partitions changed": (topic("matching.match.v1", partitions=12), "partitions change from 6 to 12: keys move"),
    "topic compacted": (topic("matching.match.v1", compacted=True), "it is compacted: subscribers lose"),
    "no longer compacted": (topic("profiles.person.v1", compacted=False), "it is no longer compacted"),
    "kept for less long": (topic("matching.match.v1", retention_days=30), "it is kept 30 days only"),
    "kept no longer for ever": (topic("profiles.person.v1", retention_days=30), "it is kept 30 days only"),
    "topic's data class raised": (topic("matching.match.v1", data_class="PERSONAL"), "its data class rises"),
}  # fmt: skip
HARMLESS: dict[str, Change] = {
    "optional field added": add(PROPOSED, "mood", required=False),
    "optional field added inside": grow(OPENED, "Rules", "mood", "rules", default=0),
    "described better": field(PROPOSED, "score", description="how well they fit together"),
    "another example": field(PROPOSED, "score", examples=[1]),
    "event added": lambda schemas, _: schemas.update({"mentoring.match-seen.v1": copy.deepcopy(schemas[PROPOSED])}),
    "topic added": lambda _, topics: topics.update({"insights.report.v1": dict(topics["matching.run.v1"])}),
    "kept longer": topic("matching.match.v1", retention_days=800),
    "data class lowered": field("mentoring.contact-updated.v1", "name", **{"x-data-class": "internal"}),
}


def after(change: Change) -> list[str]:
    old = released.present()
    schemas, topics = copy.deepcopy(dict(old.schemas)), copy.deepcopy(dict(old.topics))
    change(schemas, topics)
    return breaks(old, Contracts(schemas, topics), today=TODAY)


@pytest.mark.parametrize("change", BREAKING)
def test_a_breaking_change_finds_its_sentence(change):
    plant, sentence = BREAKING[change]
    found = after(plant)
    assert any(sentence in each for each in found), found
    assert all(each.endswith(".") for each in found)


@pytest.mark.parametrize("change", HARMLESS)
def test_adding_breaks_nobody(change):
    assert after(HARMLESS[change]) == []


def test_one_change_is_said_once():
    assert len(after(BREAKING["field removed"][0])) == 1
    assert len(after(BREAKING["enum value added"][0])) == 1


def test_the_contracts_keep_what_was_released():
    assert released.breaks(ROOT, today=datetime.now(UTC).date()) == [], released.WAY_OUT


def test_a_release_refuses_a_break_and_records_one_that_was_accepted(tmp_path, monkeypatch):
    released.release(tmp_path, today=TODAY)
    assert released.breaks(tmp_path, today=TODAY) == []
    now = released.present()
    schemas = copy.deepcopy(dict(now.schemas))
    BREAKING["field removed"][0](schemas, {})
    monkeypatch.setattr(released, "present", lambda: Contracts(schemas, now.topics))
    with pytest.raises(released.Breaks, match="`score` is removed"):
        released.release(tmp_path, today=TODAY)
    released.release(tmp_path, today=TODAY, although="nobody reads it yet")
    assert released.breaks(tmp_path, today=TODAY) == []
    assert "nobody reads it yet" in (tmp_path / released.ACCEPTED).read_text()


def test_a_golden_event_stays_as_it_was_when_its_event_grows(tmp_path):
    released.release(tmp_path, today=TODAY)
    path = next((tmp_path / released.GOLDEN).glob("*.json"))
    path.write_text(path.read_text() + " ")
    before = path.read_text()
    released.release(tmp_path, today=TODAY)
    assert path.read_text() == before
