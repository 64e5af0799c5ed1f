"""The subscriber of the guide, against real Kafka: it needs nothing of ours, and survives what delivery does."""

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from contracts.topics import TOPICS, DataClass

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs/examples/subscriber.py"
BODY = json.loads((ROOT / "tests/contracts/golden/mentoring.match-proposed.v1.json").read_text())


class Topic:
    """A topic of its own for one test."""

    def __init__(self, brokers: str) -> None:
        self.name, self.brokers = f"matching.match-{uuid4().hex[:8]}.v1", brokers
        self.producer = Producer({"bootstrap.servers": brokers})
        admin = AdminClient({"bootstrap.servers": brokers})
        admin.create_topics([NewTopic(self.name, 3, 1)])[self.name].result(30)

    def tell(self, key: str, sequence: int, *, event_id: str | None = None) -> str:
        headers = {
            **BODY["headers"],
            "ce_id": event_id or str(uuid4()),
            "ce_sequence": str(sequence),
            "ce_subject": key,
        }
        value = json.dumps({**BODY["body"], "match_id": key, "number": sequence, "added_later": [1]})
        self.producer.produce(self.name, value, key, headers=list(headers.items()))
        return headers["ce_id"]

    def forget(self, key: str) -> None:
        self.producer.produce(self.name, None, key)

    def command(self, state: Path, *more: str) -> list[str]:
        assert self.producer.flush(30) == 0
        group = f"example-{self.name}"
        return [
            sys.executable, "-I", str(EXAMPLE), "--brokers", self.brokers, "--topics", self.name, "--group", group,
            "--state", str(state), *more,
        ]  # fmt: skip

    def read(self, state: Path) -> list[str]:
        ran = subprocess.run(
            self.command(state, "--until-end"), capture_output=True, text=True, timeout=60, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.splitlines()


@pytest.fixture
def topic(kafka: str) -> Topic:
    return Topic(kafka)


def test_an_event_told_twice_is_handled_once_and_a_second_run_goes_on_where_the_first_stopped(topic, tmp_path):
    state = tmp_path / "state.db"
    first = topic.tell("a", 1)
    second = topic.tell("a", 2)
    topic.tell("a", 1, event_id=first)
    assert [line.split()[-1] for line in topic.read(state)] == [first, second]
    assert topic.read(state) == []
    topic.tell("a", 2, event_id=second)
    third = topic.tell("a", 3)
    assert [line.split()[2:] for line in topic.read(state)] == [["a#3", third]]


def test_the_newest_fact_wins_by_sequence_and_a_tombstone_forgets(topic, tmp_path):
    state = tmp_path / "state.db"
    for sequence in (1, 3, 2):
        topic.tell("a", sequence)
    topic.tell("b", 1)
    topic.forget("b")
    topic.read(state)
    rows = sqlite3.connect(state).execute("SELECT key, sequence, body FROM latest").fetchall()
    assert [(key, sequence, json.loads(body)["number"]) for key, sequence, body in rows] == [("a", 3, 3)]


def test_killed_again_and_again_it_loses_nothing_and_does_nothing_twice(topic, tmp_path):
    state = tmp_path / "state.db"
    told = {topic.tell(f"key-{number % 50}", 1 + number // 50) for number in range(5_000)}
    for lines in (1, 20, 300):
        reading = subprocess.Popen(topic.command(state), stdout=subprocess.PIPE, text=True)
        assert reading.stdout
        assert all(reading.stdout.readline() for _ in range(lines)), "it ended before it was killed"
        reading.send_signal(signal.SIGKILL)
        reading.communicate()
    topic.read(state)
    db = sqlite3.connect(state)
    assert {row[0] for row in db.execute("SELECT id FROM handled")} == told
    assert db.execute("SELECT count(*), min(sequence), max(sequence) FROM latest").fetchone() == (50, 100, 100)
    assert db.execute("SELECT sum(next) FROM offsets").fetchone() == (5_000,)


def test_without_topics_it_reads_every_topic_that_is_not_restricted():
    text = EXAMPLE.read_text()
    for topic in TOPICS:
        assert (topic.name in text) == (topic.data_class <= DataClass.INTERNAL), topic.name
