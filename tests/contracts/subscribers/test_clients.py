"""The example clients of four languages against a real, guarded Kafka: nothing is lost, and all is done once."""

import json
import signal
from uuid import uuid4

from confluent_kafka import Producer

from contracts.topics import MATCH, TOPICS, DataClass
from deploy.local.logins import client
from deploy.subscribers.clients import sources
from tests.contracts.subscribers.planted import PROPOSED

KEYS, EACH = 50, 100
CLEANLY = {"java": 128 + signal.SIGTERM}
"""What a process says that ended by itself when asked to; a Java machine always says what asked it."""


def tell_all(topic) -> set[str]:
    """Five thousand events with neighbours in the wrong order, every seventh told twice."""
    told = set()
    for number in range(0, EACH, 2):
        for sequence in (number + 2, number + 1):
            for key in range(KEYS):
                told.add(event_id := topic.tell(f"key-{key}", sequence))
                if len(told) % 7 == 0:
                    topic.tell(f"key-{key}", sequence, event_id=event_id)
    return told


def flushed(topic) -> None:
    assert topic.producer.flush(30) == 0


def test_killed_again_and_again_it_loses_nothing_and_acts_once(topic, subscriber):
    told = tell_all(topic)
    topic.put("key-0", "not an event of ours")
    topic.put("key-1", "not readable", {**PROPOSED["headers"], "ce_id": str(uuid4())})
    topic.tell("forgotten", 1)
    topic.put("forgotten", None)
    flushed(topic)
    reader = subscriber(topic.name)
    for lines in (1, 20, 300):
        reading = reader.start()
        read = [reading.stdout.readline() for _ in range(lines)]
        reading.kill()
        _, why = reading.communicate()
        assert all(read), why
        assert reader.rows("SELECT count(*) FROM handled") < [(len(told),)], "it had read all before it was killed"
    reader.read()
    handled = {row[0] for row in reader.rows("SELECT id FROM handled")}
    assert len(handled - told) == 1, "the one of the key that was forgotten"
    assert told <= handled
    once = reader.rows("SELECT DISTINCT heard, sequence, json_extract(body, '$.policy_version') FROM latest")
    assert once == [(EACH, EACH, EACH)]
    assert reader.rows("SELECT count(*) FROM latest") == [(KEYS,)]
    assert reader.rows("SELECT count(*) FROM parked") == [(2,)]
    assert reader.read() == []


def test_asked_to_stop_it_ends_what_it_has_begun_and_goes_on_from_there(topic, subscriber):
    told = [topic.tell("a", number) for number in range(1, 2_001)]
    flushed(topic)
    reader = subscriber(topic.name)
    reading = reader.start()
    first = reading.stdout.readline()
    reading.terminate()
    rest, why = reading.stdout.read(), reading.stderr.read()  # communicate() would lose what is in the buffer
    assert reading.wait() == CLEANLY.get(reader.client.language, 0), why
    told += [topic.tell("a", number) for number in range(2_001, 2_101)]
    flushed(topic)
    lines = [first, *rest.splitlines(), *reader.read()]
    assert [line.split()[3] for line in lines] == told
    assert first.split() == [
        "2027-01-11T09:00:00Z", "mentoring.match-proposed.v1", "a#1", told[0], "p-0042", "p-0007",
    ]  # fmt: skip


def test_without_topics_it_reads_all_that_its_user_may_read(guarded, subscriber):
    producer = Producer(client(guarded.bootstrap, guarded.login("kafka-matching")))
    event_id = str(uuid4())
    headers = {**PROPOSED["headers"], "ce_id": event_id}
    producer.produce(MATCH.name, json.dumps(PROPOSED["body"]), PROPOSED["key"], headers=list(headers.items()))
    assert producer.flush(30) == 0
    assert event_id in {line.split()[3] for line in subscriber().read()}


def test_it_names_every_topic_that_is_not_restricted(built):
    text = "".join(path.read_text() for path in sources(built.language))
    for topic in TOPICS:
        assert (topic.name in text) == (topic.data_class <= DataClass.INTERNAL), topic.name
