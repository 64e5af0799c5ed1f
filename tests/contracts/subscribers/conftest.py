"""A Kafka with the users and rules of the registry, and the example clients, built where their tools are."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from deploy.local import kafka, kafka_users, topics
from deploy.local.kafka import Kafka, run_kafka
from deploy.local.logins import SUBSCRIBER, client
from deploy.subscribers import clients
from deploy.subscribers.tools import Unavailable
from tests.contracts.subscribers.planted import PREFIX, Subscriber, Topic

MAY_READ = {"resource": {"type": "topic", "name": PREFIX, "patternType": "prefix"}, "operations": ["Read", "Describe"]}


@pytest.fixture(scope="session")
def guarded(tmp_path_factory) -> Iterator[Kafka]:
    """As it runs here and in production; the subscribers' user may read the topics of these tests, too."""
    kafka.prepare()
    with run_kafka(tmp_path_factory.mktemp("guarded"), guarded=True) as node:
        topics.create_topics(node.bootstrap, login=node.admin)
        kafka_users.create_users(node.bootstrap, node.admin, node.passwords)
        asker = AdminClient(client(node.bootstrap, node.admin))
        for done in asker.create_acls(list(kafka_users.bindings(SUBSCRIBER, [MAY_READ]))).values():
            done.result(10)
        yield node


@pytest.fixture(scope="session", params=clients.LANGUAGES)
def built(request) -> clients.Client:
    """The client of one language; skipped by name where its tools or its downloads are not to be had."""
    try:
        return clients.prepare(request.param)
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def topic(guarded) -> Topic:
    name, admin = f"{PREFIX}{uuid4().hex[:8]}.v1", client(guarded.bootstrap, guarded.admin)
    asker = AdminClient(admin)  # gone with its last name, and then its answers are, too
    asker.create_topics([NewTopic(name, 3, 1)])[name].result(30)
    return Topic(name, Producer({**admin, "enable.idempotence": True}))  # in order, also on a slow machine


@pytest.fixture
def subscriber(built, guarded, tmp_path, monkeypatch):
    """Makes a subscriber to these topics; to those that it reads by itself when none is named."""
    login = asdict(guarded.login(SUBSCRIBER))
    platform = tmp_path / "platform.json"
    platform.write_text(json.dumps({"kafka": [guarded.bootstrap], "kafka_security": login}))
    for name, value in clients.login(platform).items():
        monkeypatch.setenv(name, value)

    def make(*names: str) -> Subscriber:
        options = ("--topics", ",".join(names)) if names else ()
        return Subscriber(built, tmp_path, f"{built.language}-{uuid4().hex[:8]}", options, dict(os.environ))

    return make
