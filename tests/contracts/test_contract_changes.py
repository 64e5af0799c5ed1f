"""What a release of the contracts tells subscribers, and how much notice it must give."""

import copy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from chassis.contract_docs import changelog, released
from chassis.contract_docs.changes import changes
from chassis.contract_docs.compatibility import Contracts, breaks
from chassis.contract_docs.deprecations import NOTICE, too_soon
from contracts.event import Deprecated, about
from contracts.registry import EVENTS
from contracts.topics import TOPICS

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2027, 1, 11)
ENOUGH, SHORT = TODAY + NOTICE, TODAY + NOTICE - timedelta(days=1)
PROPOSED, LETTER, OPENED = (f"mentoring.{name}.v1" for name in ("match-proposed", "letter-sent", "program-opened"))

PROGRAMS = "**program-opened.v1**, **program-updated.v1** and **program-closed.v1**"


present = cache(released.present)
"""Made once: every test copies what it changes."""


def after(change) -> tuple[Contracts, Contracts]:
    """The contracts before and after a planted change."""
    old = present()
    new = Contracts(copy.deepcopy(dict(old.schemas)), copy.deepcopy(dict(old.topics)))
    change(new.schemas, new.topics)
    return old, new


def ends(day: date) -> dict:
    return Deprecated(until=day, instead="`fit`").marks()


def score(schemas) -> dict:
    return schemas[PROPOSED]["properties"]["score"]


def add_field(schemas, _topics) -> None:
    schemas[PROPOSED]["properties"]["mood"] = {"type": "string", "description": "how it felt", "default": "unknown"}


def add_inside_a_shared_value(schemas, _topics) -> None:
    for name in ("opened", "updated", "closed"):
        rules = schemas[f"mentoring.program-{name}.v1"]["$defs"]["Rules"]["properties"]
        rules["same_floor"] = {"type": "boolean", "description": "whether they may sit together", "default": False}


def add_event_and_topic(schemas, topics) -> None:
    topics["insights.report.v1"] = {
        **topics["matching.run.v1"], "owner": "insights", "key": "report_id", "about": "How a program went.",
    }  # fmt: skip
    seen = {**schemas[PROPOSED], "x-topic": "insights.report.v1", "description": "A report\nwas read.\n\nTold when."}
    schemas["mentoring.report-read.v1"] = seen


TOLD = {
    "field": (
        add_field,
        {"Added": ['**match-proposed.v1**: `mood`, how it felt; where it is missing: `"unknown"`.']},
    ),
    "field of a value that events share": (
        add_inside_a_shared_value,
        {
            "Added": [
                f"{PROGRAMS}: `policy.rules.same_floor`, whether they may sit together; where it is missing: `false`."
            ]
        },
    ),
    "event and topic": (
        add_event_and_topic,
        {
            "Added": [
                "**topic insights.report.v1**: told by insights, keyed by `report_id`. How a program went.",
                "**report-read.v1**: on `insights.report.v1`. A report was read.",
            ]
        },
    ),
    "field deprecated": (
        lambda schemas, _: score(schemas).update(ends(ENOUGH)),
        {"Deprecated": ["**match-proposed.v1**: `score` is told until 2027-07-10 at least. Instead: `fit`."]},
    ),
    "event deprecated": (
        lambda schemas, _: schemas[LETTER].update(ends(ENOUGH)),
        {"Deprecated": ["**letter-sent.v1**: the event is told until 2027-07-10 at least. Instead: `fit`."]},
    ),
    "value added": (
        lambda schemas, _: schemas[LETTER]["properties"]["template"]["enum"].append("postcard"),
        {"Changed": ["**letter-sent.v1**: `template` may be `postcard`, too."]},
    ),
    "value added in a list": (
        lambda schemas, _: schemas["mentoring.profile-updated.v1"]["properties"]["roles"]["items"]["enum"].append("x"),
        {"Changed": ["**profile-updated.v1**: `roles` may be `x`, too."]},
    ),
    "kept longer": (
        lambda _, topics: topics["matching.match.v1"].update(retention_days=800),
        {"Changed": ["**topic matching.match.v1**: kept 800 days instead of 400 days."]},
    ),
    "event removed": (
        lambda schemas, _: schemas.pop(LETTER),
        {"Removed": ["**letter-sent.v1**: it is not told any more."]},
    ),
    "field removed": (
        lambda schemas, _: schemas[OPENED]["properties"].pop("policy"),
        {"Removed": ["**program-opened.v1**: `policy`."]},
    ),
    "described better": (lambda schemas, _: score(schemas).update(description="how well they fit together"), {}),
}


@pytest.mark.parametrize("change", TOLD)
def test_a_change_is_told_in_a_sentence(change):
    plant, sentences = TOLD[change]
    assert changes(*after(plant)) == sentences


def test_a_day_may_be_put_off_or_given_up_and_that_is_told():
    old, new = after(lambda schemas, _: score(schemas).update(ends(ENOUGH)))
    later = Contracts(copy.deepcopy(dict(new.schemas)), new.topics)
    score(later.schemas)["x-sunset"] = "2028-01-01"
    assert changes(new, later) == {
        "Changed": ["**match-proposed.v1**: `score` is told until 2028-01-01 at least, not 2027-07-10."]
    }
    assert changes(new, old) == {"Changed": ["**match-proposed.v1**: `score` stays after all."]}


@pytest.mark.parametrize("what", [score, lambda schemas: schemas[LETTER]], ids=["field", "event"])
def test_subscribers_have_half_a_year_from_the_release_on(what):
    old, new = after(lambda schemas, _: what(schemas).update(ends(SHORT)))
    (sentence,) = too_soon(old, new, today=TODAY)
    assert "subscribers have 180 days from a release on. Say 2027-07-10 or later." in sentence
    assert too_soon(*after(lambda schemas, _: what(schemas).update(ends(ENOUGH))), today=TODAY) == []


def test_a_day_that_was_promised_is_not_brought_forward():
    _, promised = after(lambda schemas, _: score(schemas).update(ends(ENOUGH)))
    nearer = Contracts(copy.deepcopy(dict(promised.schemas)), promised.topics)
    score(nearer.schemas)["x-sunset"] = "2027-06-01"
    (sentence,) = too_soon(promised, nearer, today=TODAY)
    assert "`score` was promised until 2027-07-10, not 2027-06-01" in sentence


def test_an_event_goes_after_its_day_and_not_before_and_a_topic_with_the_last_of_its_events():
    def all_letters(schemas, _topics):
        for name in ("sent", "suppressed", "failed"):
            schemas[f"mentoring.letter-{name}.v1"].update(ends(ENOUGH))

    _, old = after(all_letters)
    left = {name: schema for name, schema in old.schemas.items() if "letter-" not in name}
    topics = {name: topic for name, topic in old.topics.items() if name != "notifications.letter.v1"}
    gone = Contracts(left, topics)
    assert breaks(old, gone, today=ENOUGH + timedelta(days=1)) == []
    assert len(breaks(old, gone, today=ENOUGH)) == 4
    kept = Contracts({**left, LETTER: old.schemas[LETTER]}, topics)
    assert len(breaks(old, kept, today=ENOUGH + timedelta(days=1))) == 0


def test_a_deprecated_field_stays_for_the_life_of_its_major_version():
    _, old = after(lambda schemas, _: score(schemas).update(ends(ENOUGH)))
    gone = Contracts(copy.deepcopy(dict(old.schemas)), old.topics)
    del gone.schemas[PROPOSED]["properties"]["score"]
    assert breaks(old, gone, today=date(2099, 1, 1)) != []


def test_a_field_says_that_it_is_deprecated_wherever_it_is_described():
    field = about("how well they fit", example=1, deprecated=Deprecated(until=ENOUGH, instead="`fit`, in percent"))
    assert field.json_schema_extra == {
        "x-data-class": "internal", "deprecated": True, "x-sunset": "2027-07-10", "x-instead": "`fit`, in percent",
    }  # fmt: skip
    said = "Deprecated, told until 2027-07-10 at least. Instead: `fit`, in percent."
    assert field.description == f"how well they fit. {said}"


def test_a_release_writes_what_it_brings_on_top_and_a_release_of_nothing_writes_nothing(tmp_path, monkeypatch):
    released.release(tmp_path, today=TODAY)
    first = (tmp_path / changelog.PAGE).read_text()
    assert "\n## Release 1, 2027-01-11\n\n### Added\n" in first
    assert first.count("**topic ") == len(TOPICS)
    assert all(f"**{event.event_type().removeprefix('mentoring.')}**: " in first for event in EVENTS)
    assert released.release(tmp_path, today=TODAY) == []
    assert released.unreleased(tmp_path) == {}
    _, grown = after(add_field)
    monkeypatch.setattr(released, "present", lambda: grown)
    assert released.unreleased(tmp_path) == TOLD["field"][1]
    released.release(tmp_path, today=TODAY + timedelta(days=9))
    second = (tmp_path / changelog.PAGE).read_text()
    (told,) = TOLD["field"][1]["Added"]
    assert second == first.replace(
        "\n## Release 1", f"\n## Release 2, 2027-01-20\n\n### Added\n\n- {told}\n\n## Release 1"
    )


def test_what_went_out_although_it_breaks_is_told_with_its_reason(tmp_path, monkeypatch):
    released.release(tmp_path, today=TODAY)
    _, short = after(lambda schemas, _: score(schemas).update(ends(SHORT)))
    monkeypatch.setattr(released, "present", lambda: short)
    with pytest.raises(released.Breaks, match="Say 2027-07-10 or later"):
        released.release(tmp_path, today=TODAY)
    released.release(tmp_path, today=TODAY, although="nobody reads it yet")
    page = (tmp_path / changelog.PAGE).read_text()
    assert "\n### Breaks\n\n- match-proposed.v1: `score` ends on 2027-07-09" in page
    assert "Why it may go out all the same: nobody reads it yet\n" in page


def test_the_changelog_tells_of_everything_that_was_released():
    page, known = (ROOT / changelog.PAGE).read_text(), released.last(ROOT)
    assert [name for name in known.topics if f"**topic {name}**" not in page] == []
    assert [name for name in known.schemas if name.removeprefix("mentoring.") not in page] == []
    assert datetime.now(UTC).date().isoformat() >= page.partition("\n## Release ")[2].split()[1]
