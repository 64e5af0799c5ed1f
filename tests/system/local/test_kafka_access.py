"""Least privilege on Kafka, as it runs here: each user does its own, and the broker refuses everything else."""

import asyncio
import dataclasses
import json
import os
import subprocess
import sys

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

from chassis import kafka as chassis_kafka
from chassis.envelope import new_id
from chassis.settings import KafkaSettings
from contracts.topics import CONTACT, LETTER, MATCH, PERSON, TOPICS
from deploy.k8s_check.registry import services
from deploy.local import kafka, kafka_users, topics
from deploy.local.children import REPOSITORY, wait_until
from deploy.local.kafka import run_kafka
from deploy.local.logins import SUBSCRIBER, client

SERVICES = {service.name: service for service in services()}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A broker with the users and rules of the registry."""
    kafka.prepare()
    with run_kafka(tmp_path_factory.mktemp("guarded"), guarded=True) as node:
        topics.create_topics(node.bootstrap, login=node.admin)
        kafka_users.create_users(node.bootstrap, node.admin, node.passwords)
        yield node


def as_user(node, user: str, **changes) -> KafkaSettings:
    login = node.login(user)
    given = {"kafka_user": user, "kafka_mechanism": login.mechanism, "kafka_password_file": login.password_file}
    return KafkaSettings(**{"kafka_brokers": (node.bootstrap,), **given, **changes})


async def write(settings: KafkaSettings, topic: str) -> str:
    """Gives the id of what was written."""
    event = {"ce_id": str(new_id()), "ce_time": "2027-01-11T09:00:00Z", "ce_type": "a.test", "ce_sequence": "1"}
    headers = [(name, value.encode()) for name, value in event.items()]
    # A subscriber may not even ask for the number that an idempotent producer needs.
    idempotent = settings.kafka_user != SUBSCRIBER
    producer = AIOKafkaProducer(**chassis_kafka.connection(settings), enable_idempotence=idempotent, acks="all")
    try:
        await producer.start()
        await asyncio.wait_for(producer.send_and_wait(topic, b"{}", key=b"k", headers=headers), 10)
    finally:
        await producer.stop()
    return event["ce_id"]


async def read(settings: KafkaSettings, topic: str, group: str | None = None) -> None:
    """Returns when there was a record, or when the group has let us in."""
    consumer = AIOKafkaConsumer(
        topic, **chassis_kafka.connection(settings), group_id=group, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        await consumer.getmany(timeout_ms=200)
    finally:
        await consumer.stop()


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_writes_what_it_tells_and_is_refused_every_other_topic(guarded, name):
    settings = as_user(guarded, f"kafka-{name}")
    for topic in TOPICS:
        if topic.name in SERVICES[name].tells:
            await write(settings, topic.name)
        else:
            with pytest.raises(TopicAuthorizationFailedError):
                await write(settings, topic.name)


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if service.hears])
async def test_a_service_reads_what_it_hears_and_tells_in_its_own_group_and_is_refused_every_other_topic(guarded, name):
    settings = as_user(guarded, f"kafka-{name}")
    for topic in TOPICS:
        if topic.name in SERVICES[name].hears | SERVICES[name].tells:
            await read(settings, topic.name, group=name)
        else:
            with pytest.raises(TopicAuthorizationFailedError):
                await read(settings, topic.name, group=name)
    with pytest.raises(GroupAuthorizationFailedError):
        await read(settings, next(iter(SERVICES[name].hears)), group="somebody-else")


async def test_a_subscriber_reads_every_topic_but_the_contact_topic_and_writes_none(guarded):
    settings = as_user(guarded, SUBSCRIBER)
    for topic in TOPICS:
        if topic == CONTACT:
            with pytest.raises(TopicAuthorizationFailedError):
                await read(settings, topic.name)
        else:
            await read(settings, topic.name, group="any-name-of-theirs")
        with pytest.raises(TopicAuthorizationFailedError):
            await write(settings, topic.name)


@pytest.mark.parametrize("group", SERVICES)
async def test_a_subscriber_cannot_take_events_away_from_a_service(guarded, group):
    with pytest.raises(GroupAuthorizationFailedError):
        await read(as_user(guarded, SUBSCRIBER), PERSON.name, group=group)


@pytest.mark.parametrize("user", ["kafka-profiles", "kafka-notifications", SUBSCRIBER])
def test_nobody_but_the_administrator_makes_or_removes_topics_and_rules(guarded, user):
    asker = AdminClient(client(guarded.bootstrap, guarded.login(user)))
    refused = [
        *asker.create_topics([NewTopic("of.my.own", 1, 1)]).values(),
        *asker.delete_topics([LETTER.name, PERSON.name]).values(),
        *asker.create_acls([next(kafka_users.bindings(user, _everything()))]).values(),
    ]
    for done in refused:
        with pytest.raises(KafkaException, match=r"(?i)authorization"):
            done.result(10)


def _everything():
    return [{"resource": {"type": "topic", "name": "*", "patternType": "literal"}, "operations": ["All"]}]


async def test_without_a_login_nobody_gets_in(guarded):
    stranger = KafkaSettings(kafka_brokers=(guarded.bootstrap,))
    with pytest.raises(KafkaError) as refused:
        await read(stranger, PERSON.name)
    reason = await chassis_kafka.why(stranger, refused.value)
    assert reason == f"{guarded.bootstrap} closes the connection: it may want another protocol than PLAINTEXT"


async def test_a_wrong_password_is_said(guarded, tmp_path):
    wrong = tmp_path / "password"
    wrong.write_text("guessed")
    settings = as_user(guarded, "kafka-matching", kafka_password_file=wrong)
    with pytest.raises(KafkaConnectionError) as refused:
        await write(settings, MATCH.name)
    reason = await chassis_kafka.why(settings, refused.value)
    assert reason == f"{guarded.bootstrap} refuses the user kafka-matching or the password (SCRAM-SHA-512)"
    assert "guessed" not in reason


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kafka_mechanism": "SCRAM-SHA-256"}, "does not take SCRAM-SHA-256"),
        ({"kafka_password_file": "/nowhere/password"}, "/nowhere/password cannot be used"),
        ({"kafka_brokers": ("127.0.0.1:9",)}, "127.0.0.1:9 refuses connections"),
        ({"kafka_security": "SASL_SSL"}, "closes the connection: it may want another protocol than SASL_SSL"),
    ],
)
async def test_what_else_may_be_wrong_is_said(guarded, changes, said):
    settings = as_user(guarded, "kafka-matching", **changes)
    assert said in await chassis_kafka.why(settings, KafkaConnectionError("Unable to bootstrap"))


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if not service.hears])
async def test_a_service_that_hears_nothing_reads_what_it_tells_and_is_refused_every_other_topic(guarded, name):
    settings = as_user(guarded, f"kafka-{name}")
    for topic in TOPICS:
        if topic.name in SERVICES[name].tells:
            await read(settings, topic.name)
        else:
            with pytest.raises(TopicAuthorizationFailedError):
                await read(settings, topic.name)


def ask(node, user: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the platform, as this user."""
    env = os.environ | {"MENTORING_KAFKA_BROKERS": node.bootstrap, **node.login(user).env()}
    command = [sys.executable, "-m", "chassis", *words]
    return subprocess.run(command, env=env, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_topics_and_rules_are_as_the_registry_says_and_what_is_missing_is_made(guarded):
    asker = AdminClient(client(guarded.bootstrap, guarded.admin))
    same = ask(guarded, "admin", "topics", "diff")
    assert (same.returncode, same.stdout) == (0, "Topics are as the registry says.\n"), same.stderr

    (rule,) = _rules_of(asker, "User:kafka-matching", PERSON.name, "READ")
    asker.delete_acls([kafka_users._only(rule)])
    asker.delete_topics([LETTER.name])[LETTER.name].result(10)
    resource = ConfigResource(ConfigResource.Type.TOPIC, MATCH.name, {"retention.ms": "1000", "segment.ms": "7200000"})
    asker.alter_configs([resource])[resource].result(10)
    wait_until(lambda: LETTER.name not in asker.list_topics().topics, within=10, what="the topic to go")

    said = ask(guarded, "admin", "topics", "diff", "--json")
    assert said.returncode == 1
    changes = json.loads(said.stdout)["changes"]
    assert {(change["kind"], change["name"]) for change in changes} == {
        ("create", LETTER.name),
        ("setting", MATCH.name),
        ("rule", PERSON.name),
    }
    assert ask(guarded, "admin", "topics", "apply").returncode == 2, "nobody can be asked: nothing is done"
    done = ask(guarded, "admin", "topics", "apply", "--yes")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{len(changes)} done"), done.stderr
    wait_until(lambda: ask(guarded, "admin", "topics", "diff").returncode == 0, within=60, what="what was done")
    (left,) = asker.describe_configs([resource]).values()
    assert left.result(10)["segment.ms"].value == "7200000", "what the registry does not speak of stays"


def _rules_of(asker, principal, topic, operation):
    return [
        rule
        for rule in _rules(asker)
        if (rule.principal, rule.name, rule.operation.name) == (principal, topic, operation)
    ]


def test_who_may_not_see_the_rules_is_told_so_and_may_not_apply(guarded):
    said = ask(guarded, "kafka-matching", "topics", "diff")
    assert said.returncode == 1
    assert "Traceback" not in said.stderr


async def test_lag_is_shown_to_the_administrator_for_every_group(guarded):
    await write(as_user(guarded, "kafka-matching"), MATCH.name)
    await read(as_user(guarded, "kafka-notifications"), MATCH.name, group="notifications")
    said = await asyncio.to_thread(ask, guarded, "admin", "lag", "--json", "--group", "notifications")
    (group,) = json.loads(said.stdout)
    assert group["group"] == "notifications"
    assert group["behind"] == sum(each["behind"] for each in group["partitions"])
    late = await asyncio.to_thread(ask, guarded, "admin", "lag", "--group", "nobody")
    assert (late.returncode, late.stderr) == (1, late.stderr)
    assert "No group nobody has read any of the topics." in late.stderr


def test_the_trace_says_what_it_may_not_read_and_goes_on(guarded):
    said = ask(guarded, SUBSCRIBER, "trace", "01a21572-701c-7418-bdef-aa4043adbab5")
    assert said.returncode == 1
    assert f"Without {CONTACT.name}: {SUBSCRIBER} may not read it." in said.stderr
    assert "Nothing on the topics is about" in said.stderr


def test_the_trace_says_why_it_cannot_read(guarded):
    login = dataclasses.replace(guarded.admin, password_file=__file__)
    told = subprocess.run(
        [sys.executable, "-m", "chassis", "trace", "01a21572-701c-7418-bdef-aa4043adbab5"],
        env=os.environ | {"MENTORING_KAFKA_BROKERS": guarded.bootstrap, **login.env()},
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 1
    assert "refuses the user admin or the password (PLAIN)" in told.stderr
    assert "Traceback" not in told.stderr


def test_passwords_are_ours_alone_and_in_no_log(guarded):
    files = list(guarded.passwords.iterdir())
    assert {file.name for file in files} == {"admin", *kafka_users.known_users()}
    for private in [guarded.folder / "server.properties", *files]:
        assert private.stat().st_mode & 0o077 == 0
    log = (guarded.folder / "kafka.log").read_text(errors="replace")
    assert not [file.name for file in files if file.read_text() in log]


def test_a_rule_that_is_no_longer_in_the_registry_is_taken_away(guarded):
    asker = AdminClient(client(guarded.bootstrap, guarded.admin))
    (rule,) = kafka_users.bindings("kafka-profiles", _everything())
    asker.create_acls([rule])[rule].result(10)
    kafka_users.create_users(guarded.bootstrap, guarded.admin, guarded.passwords)
    assert _rules(asker) == {
        each for user, acls in kafka_users.known_users().items() for each in kafka_users.bindings(user, acls)
    }


def _rules(asker):
    return set(asker.describe_acls(kafka_users.EVERY_RULE).result(10))
