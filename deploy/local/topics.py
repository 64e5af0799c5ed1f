"""Makes the topics of the registry; one that is there with other settings is reported, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic  # type: ignore[attr-defined]

from chassis.registry.wanted import settings_of
from contracts.topics import TOPICS, Topic
from deploy.local.logins import client
from deploy.local.problems import LocalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.local.logins import Login

PATIENCE = 15.0


def create_topics(
    bootstrap: str, *, replication: int = 1, topics: Sequence[Topic] = TOPICS, login: Login | None = None
) -> list[str]:
    """Make what is missing; answers one sentence for each setting that differs from the registry."""
    admin = AdminClient(client(bootstrap, login))
    try:
        there = admin.list_topics(timeout=PATIENCE).topics
        _make(admin, [topic for topic in topics if topic.name not in there], replication)
        return _differences(admin, [topic for topic in topics if topic.name in there], replication)
    except KafkaException as reason:
        raise LocalError(f"The topics could not be made on {bootstrap}: {reason.args[0].str()}") from reason


def _make(admin: AdminClient, missing: Sequence[Topic], replication: int) -> None:
    wanted = [NewTopic(t.name, t.partitions, replication, config=settings_of(t, replication)) for t in missing]
    if not wanted:
        return
    for done in admin.create_topics(wanted, operation_timeout=PATIENCE).values():
        try:
            done.result(PATIENCE)
        except KafkaException as reason:
            if reason.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # somebody else made it just now
                raise


def _differences(admin: AdminClient, there: Sequence[Topic], replication: int) -> list[str]:
    if not there:
        return []
    partitions = admin.list_topics(timeout=PATIENCE).topics
    asked = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, t.name) for t in there])
    found: dict[str, dict[str, Any]] = {resource.name: done.result(PATIENCE) for resource, done in asked.items()}
    said = []
    for topic in there:
        actual = {name: entry.value for name, entry in found[topic.name].items()}
        actual["partitions"] = str(len(partitions[topic.name].partitions))
        wanted = {**settings_of(topic, replication), "partitions": str(topic.partitions)}
        said += [
            f"Topic {topic.name} has {name}={actual.get(name)}, the registry says {value}."
            for name, value in wanted.items()
            if actual.get(name) != value
        ]
    return said


def copies(bootstrap: str, login: Login | None = None) -> int:
    """How many copies of a topic this cluster can keep: three, or as many as there are brokers."""
    return min(3, len(AdminClient(client(bootstrap, login)).list_topics(timeout=PATIENCE).brokers))
