"""A company lives through a program on the real platform; an outsider's view is held against what was said."""

import csv
import email
import email.policy
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter, defaultdict

import icalendar
import pytest

from contracts.topics import CONTACT, LETTER, SUBSCRIPTION
from deploy.local.logbook.check import check
from deploy.local.logins import Login
from deploy.local.roles import SERVICES
from tests.otlp import a_collector
from tests.system.journey import BROKEN, command, followed_pair, headers, live, read_all, start, write_people
from tests.system.outsider import AWAY, a_receiver_that_is_away_once, subscribe
from tests.system.planted import FORMS, passwords_of, plant, seen_anywhere
from tests.system.trees import foreign_names, orphans, tree
from tests.waiting import eventually

STORY = """\
matching: POST /v1/matches/{match_id}/accept
  matching: create matching.match.v1
    engagement: process matching.match.v1 (start_pair)
      engagement: create engagement.relationship.v1
        engagement: send engagement.relationship.v1
        notifications: process engagement.relationship.v1 (introduce)
          notifications: later SMTP send (introduction) (x 2)
            notifications: create notifications.letter.v1
              notifications: send notifications.letter.v1
    matching: send matching.match.v1
    notifications: process matching.match.v1 (stop_asking)"""
"""What follows from a yes; the letters go in the next working hour, so they have traces of their own."""
TOKEN = re.compile(r"eyJ[\w-]{10,}\.[\w-]{5,}")


@pytest.fixture(scope="module")
def collector():
    """Takes the spans of all services."""
    with a_collector() as collector:
        yield collector


@pytest.fixture(scope="module")
def outside():
    """A receiver outside, which is away for a while in the middle of everything."""
    with a_receiver_that_is_away_once() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def lived(tmp_path_factory, collector, outside):
    """A life without disturbance, and the platform it was lived on."""
    folder = tmp_path_factory.mktemp("journey")
    folder.chmod(0o755)
    instance = start(folder / "platform", OTEL_EXPORTER_OTLP_ENDPOINT=collector.endpoint, OTEL_BSP_SCHEDULE_DELAY="200")
    try:
        people = write_people(folder / "people.csv", broken=BROKEN)
        outside.secret = subscribe(instance, outside.url)
        life, report = live(instance, folder / "people.csv")
        yield instance, people, life, report, read_all(instance.places())
    finally:
        instance.stop()


def test_everybody_whole_lives_through_the_program_and_every_broken_row_is_told_why(lived):
    instance, people, _, report, _ = lived
    assert report["people"] == len(people)
    assert report["rejected"] == len(BROKEN)
    rejected = list(csv.DictReader((instance.root / "rejected.csv").open(encoding="utf-8")))
    assert [int(row["line"]) for row in rejected] == list(range(len(people) + 2, len(people) + 2 + len(BROKEN)))
    for row, fault in zip(rejected, BROKEN, strict=True):
        assert row["column"] in fault
        assert row["reason"]
        assert row["mend"]


def test_the_program_does_what_it_is_for(lived):
    *_, report, _ = lived
    for name in ("pairs", "offers", "relationships", "agreements_signed", "agreements_diverged", "meetings_held"):
        assert report[name] > 0, name
    for name in ("checkins_completed", "checkins_missed", "letters_sent"):
        assert report[name] > 0, name
    assert report["coverage"] == report["coverage_bound"]
    assert report["gap_ppm"] == report["outbox_pending"] == report["parked"] == 0


def test_the_report_says_what_a_stranger_counts(lived):
    *_, report, records = lived
    ids = {headers(record)["ce_id"]: headers(record)["ce_type"].split(".")[1] for record in records}
    assert Counter(ids.values()) == report["events"]


def test_each_story_is_numbered_from_one_without_gaps(lived):
    *_, records = lived
    stories = defaultdict(list)
    for record in records:
        stories[record.topic(), record.key()].append(int(headers(record)["ce_sequence"]))
    for story, numbers in stories.items():
        assert sorted(set(numbers)) == list(range(1, len(set(numbers)) + 1)), story
        assert numbers == sorted(numbers), story


def test_the_trace_of_one_event_tells_all_that_belongs_to_it(lived):
    instance, *_, records = lived
    events = {headers(record)["ce_id"]: headers(record) for record in records}
    accepted = next(found for found in events.values() if found["ce_type"] == "mentoring.match-accepted.v1")
    places = instance.places()
    told = subprocess.run(
        [sys.executable, "-m", "chassis", "trace", accepted["ce_id"], "--json"],
        env=os.environ | {"MENTORING_KAFKA_BROKERS": ",".join(places["kafka"]), **Login(**places["kafka_admin"]).env()},
        capture_output=True,
        check=True,
    )
    story = json.loads(told.stdout)
    same = {key for key, found in events.items() if found["ce_correlationid"] == accepted["ce_correlationid"]}
    assert {each["id"] for each in story} == same
    assert {"match-accepted", "relationship-started"} <= {each["type"].split(".")[1] for each in story}


def test_the_trace_of_a_pair_goes_from_the_import_to_its_last_checkin(lived):
    instance, *_, records = lived
    pair = followed_pair(records)
    told = command(instance, "chassis", "trace", pair, "--json")
    assert told.returncode == 0, told.stderr
    story = json.loads(told.stdout)
    ids = {each["id"] for each in story}
    own = {headers(each)["ce_id"] for each in records if each.key().decode() == pair}
    assert own <= ids
    by_name = defaultdict(list)
    for each in story:
        by_name[each["type"].split(".")[1]].append(each)
    started = json.loads(
        next(r.value() for r in records if headers(r)["ce_id"] == by_name["relationship-started"][0]["id"])
    )
    assert {each["key"] for each in by_name["profile-updated"]} == {started["mentee_id"], started["mentor_id"]}
    for name in ("match-proposed", "match-accepted", "relationship-started", "relationship-closed"):
        assert len(by_name[name]) == 1, name
    for name in ("program-opened", "meeting-held", "checkin-due", "checkin-completed", "letter-sent"):
        assert by_name[name], name
    letters = {json.loads(r.value())["cause"]: headers(r)["ce_id"] for r in records if r.topic() == LETTER.name}
    assert {letter for cause, letter in letters.items() if cause in own} <= ids, "and every letter about it"
    readable = command(instance, "chassis", "trace", pair)
    assert readable.stdout.decode().count("\n") == len(story) + 1


@pytest.mark.parametrize("service", ["profiles", "matching", "engagement", "notifications"])
def test_after_a_life_everything_is_where_it_was_told_and_nobody_is_behind(lived, service):
    instance, *_ = lived
    compared = command(instance, service, "reconcile", "--json")
    assert compared.returncode == 0, compared.stderr
    assert sum(topic["records"] for topic in json.loads(compared.stdout)["topics"]) > 0
    if service != "profiles":
        late = command(instance, service, "lag", "--json", "--most", "5")
        assert late.returncode == 0, late.stderr
        assert sum(group["behind"] for group in json.loads(late.stdout)) == 0


@pytest.mark.parametrize("service", ["matching", "notifications"])
def test_read_models_filled_again_are_equal_to_the_live_ones(lived, service):
    instance, *_ = lived
    again = command(instance, service, "replay", "--from", "beginning", "--check", "--json")
    assert again.returncode == 0, again.stdout + again.stderr
    found = json.loads(again.stdout)
    assert found["events"] > 0
    assert [table["differing"] for table in found["tables"]] == [[]] * len(found["tables"])


def test_names_and_addresses_are_on_the_contact_topic_only(lived):
    _, people, _, _, records = lived
    private = [person[column] for person in people for column in ("name", "email")]
    for record in records:
        if record.topic() != CONTACT.name:
            text = record.value().decode()
            assert not [word for word in private if word in text], text


def test_a_receiver_outside_gets_every_event_but_addresses_in_order_and_signed(lived, outside):
    *_, records = lived
    told = defaultdict(list)
    for record in records:
        if record.topic() not in {CONTACT.name, SUBSCRIPTION.name}:
            told[record.key().decode()].append(headers(record)["ce_id"])
    taken = defaultdict(list)
    for request in outside.taken:
        taken[request.event["subject"]].append(request.id)
    assert len(outside.seen) > len(outside.taken) > AWAY[1]
    assert taken == told
    bodies = {headers(record)["ce_id"]: json.loads(record.value()) for record in records}
    for request in outside.taken:
        assert request.event["data"] == bodies[request.id]


def test_letters_are_real_and_as_many_as_were_told(lived):
    instance, *_, records = lived
    letters = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in instance.letters.glob("*.eml")
    ]
    told = [json.loads(record.value()) for record in records if headers(record)["ce_type"].endswith("letter-sent.v1")]
    by_themselves = {body["letter_id"] for body in told if body["in_digest"] is None}
    assert sorted(letter["X-Mentoring-Letter"] for letter in letters) == sorted(by_themselves)
    assert len({letter["Message-ID"] for letter in letters}) == len(letters)
    for letter in letters:
        assert {part.get_content_type() for part in letter.walk()} >= {"text/plain", "text/html"}
        for part in letter.walk():
            if part.get_content_type() == "text/calendar":
                assert icalendar.Calendar.from_ical(part.get_content()).walk("VEVENT")


def test_a_killed_service_or_broker_changes_nothing_in_the_end(lived, tmp_path):
    *_, undisturbed, _ = lived
    folder = tmp_path / "platform"
    tmp_path.chmod(0o755)
    write_people(tmp_path / "people.csv", broken=BROKEN)
    instance = start(folder)
    victims = {3: "matching", 9: "engagement", 20: "notifications", 30: "kafka", 45: "profiles", 50: "engagement"}

    def disturb(day: int) -> None:
        pids = {info["name"]: info["pid"] for info in instance.processes.info()}
        if day in victims:
            os.kill(pids[victims[day]], signal.SIGKILL)

    try:
        _, report = live(instance, tmp_path / "people.csv", disturb)
    finally:
        instance.stop()
    assert check(instance.processes.logs).wrong == [], "also of processes that were killed in the middle of a line"
    different = {"seconds", "versions"}
    assert {k: v for k, v in report.items() if k not in different} == {
        k: v for k, v in undisturbed.items() if k not in different
    }


async def test_the_story_of_one_pair_is_one_tree_of_spans_from_the_request_to_what_follows(lived, collector):
    *_, records = lived
    await eventually(lambda: orphans(collector.spans) == [])
    started = [headers(record) for record in records if "relationship-started" in headers(record)["ce_type"]]
    traces = {bytes.fromhex(each["traceparent"].split("-")[1]) for each in started}
    # Webhooks keeps events by the batch, so its span stands in the story of only one of them.
    spans = {key: span for key, span in collector.spans.items() if span.service != "webhooks"}
    drawn = {tree(spans, trace, also="SMTP send") for trace in traces}
    assert STORY in drawn, "\n\n".join(sorted(drawn)[:3])
    assert {each.splitlines()[0] for each in drawn} == {STORY.splitlines()[0]}


async def test_what_comes_days_later_has_a_trace_of_its_own_and_links_to_what_planned_it(lived, collector):
    *_, records = lived
    await eventually(lambda: orphans(collector.spans) == [])
    spans = collector.spans
    fired = [span for span in spans.values() if span.name.startswith("fire ")]
    assert {"fire offer-lapses", "fire checkin"} & {span.name for span in fired}
    letters = [span for span in spans.values() if span.name == "SMTP send"]
    told = [headers(record) for record in records if "letter-sent" in headers(record)["ce_type"]]
    assert letters
    for later in fired:
        assert (later.parent, len(later.links)) == (b"", 1), later
    for letter in letters:
        assert bool(letter.parent) != bool(letter.links), letter
    sent_in = {bytes.fromhex(each["traceparent"].split("-")[1]) for each in told}
    assert sent_in <= {letter.trace for letter in letters}
    assert foreign_names(spans) == set()


async def test_names_addresses_tokens_and_passwords_are_seen_nowhere_wherever_they_are_put(lived, collector):
    """Last of those who use this life: it plants what the others would find."""
    instance, people, *_ = lived
    asked = await plant(instance)
    assert asked > 500
    await eventually(lambda: orphans(collector.spans) == [])
    seen = await seen_anywhere(instance, read_all(instance.places()), collector.texts)
    assert {"matching.log", "metrics of profiles", "spans 0"} <= seen.keys()
    assert sum(place.startswith("dead letter") for place in seen) >= 3
    hidden = [*FORMS, *passwords_of(instance), *(person[column] for person in people for column in ("name", "email"))]
    assert [(place, word) for place, text in seen.items() for word in hidden if word in text] == []
    assert [place for place, text in seen.items() if TOKEN.search(text)] == []


def test_every_log_line_is_one_that_is_described_whatever_was_asked(lived):
    instance, *_ = lived
    found = check(instance.processes.logs)
    assert found.wrong == []
    assert set(found.lines) == set(SERVICES)
    assert {"request.served", "batch.handled", "letter.tried", "run.completed", "event.parked"} <= found.events.keys()
