"""Topics, users and access rules, as Strimzi's resources, as commands for a Kafka of one's own, and for KEDA."""

from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Any, NamedTuple

from chassis.registry.wanted import settings_of
from contracts.topics import TOPICS, Topic
from deploy.k8s_check.registry import NAMES, SUBSCRIBER, Deployed, open_topics, services
from deploy.k8s_check.texts import yaml_of

REPLICAS = 3
CLUSTER = {"strimzi.io/cluster": "mentoring"}
LAG_PER_WORKER = 500
"""Records behind, for which one more worker is worth it: one batch."""


class Rule(NamedTuple):
    """What kind of thing, its name, how it is matched, what may be done; or may never be, whatever else is allowed."""

    kind: str
    name: str
    how: str
    operations: tuple[str, ...]
    allowed: bool = True


def rules_of(service: Deployed) -> list[Rule]:
    """What a service's Kafka user may do, and nothing else.

    What it tells it may read: to find out whether its database went back, and to `reconcile`.
    """
    may: dict[str, set[str]] = {}
    for topic in service.tells:
        may.setdefault(topic, set()).update({"Describe", "Read", "Write"})
    for topic in service.hears:
        may.setdefault(topic, set()).update({"Describe", "Read"})
    rules = [Rule("topic", name, "literal", tuple(sorted(may[name]))) for name in sorted(may)]
    return [*rules, Rule("group", service.name, "literal", ("Read",))] if service.hears else rules


def subscriber_rules() -> list[Rule]:
    """What a subscriber may do: read what holds no names and addresses, in any group but those of the services.

    As a member of such a group it would take events away from the service.
    """
    topics = [Rule("topic", topic.name, "literal", ("Describe", "Read")) for topic in open_topics()]
    groups = [Rule("group", name, "literal", ("All",), allowed=False) for name in NAMES]
    return [*sorted(topics), Rule("group", "*", "literal", ("Read",)), *groups]


def users() -> dict[str, list[Rule]]:
    """Every user with its rules."""
    return {each.kafka_user: rules_of(each) for each in services()} | {f"kafka-{SUBSCRIBER}": subscriber_rules()}


def strimzi_topics() -> str:
    """KafkaTopic, one a topic."""
    return yaml_of(_topic(topic) for topic in TOPICS)


def _topic(topic: Topic) -> dict[str, Any]:
    config = {name: int(value) if value.lstrip("-").isdigit() else value for name, value in _config(topic).items()}
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaTopic",
        "metadata": {"name": topic.name, "labels": CLUSTER},
        "spec": {"partitions": topic.partitions, "replicas": REPLICAS, "config": config},
    }


def _config(topic: Topic) -> dict[str, str]:
    return settings_of(topic, REPLICAS)


def strimzi_users() -> str:
    """KafkaUser, one a service and one for a subscriber."""
    return yaml_of(_user(name, rules) for name, rules in users().items())


def _user(name: str, rules: list[Rule]) -> dict[str, Any]:
    acls = [
        ({} if rule.allowed else {"type": "deny"})
        | {
            "resource": {"type": rule.kind, "name": rule.name, "patternType": rule.how},
            "operations": list(rule.operations),
        }
        for rule in rules
    ]
    spec = {
        "authentication": {"type": "scram-sha-512"},
        "authorization": {"type": "simple", "acls": acls},
    }
    metadata = {"name": name, "labels": CLUSTER}
    return {"apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaUser", "metadata": metadata, "spec": spec}


def topics_config_map() -> str:
    """A ConfigMap with what each topic must be, for whoever makes them on a Kafka of their own."""
    data = {topic.name: " ".join([f"partitions={topic.partitions}", *_pairs(topic)]) for topic in TOPICS}
    return yaml_of([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "topics"}, "data": data}])


def _pairs(topic: Topic) -> list[str]:
    return [f"{name}={value}" for name, value in _config(topic).items()]


def create_script() -> str:
    """Commands of Kafka's own tools: topics and access rules. Users and passwords are yours to make."""
    lines = ["#!/bin/sh", f"# {_MADE}", "# BOOTSTRAP=host:port CONFIG=admin.properties sh create.sh"]
    lines += ["# REPLICAS=1 for a Kafka of one broker, to try it out; else three copies, of which two must be written."]
    lines += ["set -eu", f"REPLICAS=${{REPLICAS:-{REPLICAS}}}", "WRITTEN=$((REPLICAS > 1 ? REPLICAS - 1 : 1))"]
    lines += [f"{_TOPIC} --topic {t.name} --partitions {t.partitions} {_configs(t)}" for t in TOPICS]
    lines += [command for name, rules in users().items() for command in _acls(name, rules)]
    return "\n".join(lines) + "\n"


_MADE = "Made from the registries by `make docs`; do not edit by hand."
_ADMIN = '--bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG"'
_TOPIC = f'kafka-topics.sh {_ADMIN} --create --if-not-exists --replication-factor "$REPLICAS"'


def _configs(topic: Topic) -> str:
    config = _config(topic) | {"min.insync.replicas": '"$WRITTEN"'}
    return " ".join(f"--config {name}={value}" for name, value in config.items())


def _acls(name: str, rules: list[Rule]) -> Iterator[str]:
    for rule in rules:
        may = " ".join(f"--operation {operation}" for operation in rule.operations)
        who = f"--{'allow' if rule.allowed else 'deny'}-principal User:{name}"
        pattern = "--resource-pattern-type prefixed " if rule.how == "prefix" else ""
        yield f"kafka-acls.sh {_ADMIN} --add {who} {may} {pattern}--{rule.kind} {quote(rule.name)}"


def scaled_objects() -> str:
    """ScaledObject, one for each worker that hears something; where nothing is heard there is no lag."""
    return yaml_of(_scaled(service) for service in services() if service.hears)


def _scaled(service: Deployed) -> dict[str, Any]:
    name = f"{service.name}-worker"
    spec = {
        "scaleTargetRef": {"name": name, "envSourceContainerName": "service"},
        "minReplicaCount": 2,
        "maxReplicaCount": max(topic.partitions for topic in TOPICS if topic.name in service.hears),
        "cooldownPeriod": 300,
        "triggers": [_trigger(service, topic) for topic in sorted(service.hears)],
    }
    labels = {"app.kubernetes.io/name": service.name, "app.kubernetes.io/component": "worker"}
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": metadata, "spec": spec}


def _trigger(service: Deployed, topic: str) -> Mapping[str, Any]:
    metadata = {
        "bootstrapServersFromEnv": "MENTORING_KAFKA_BROKERS",
        "consumerGroup": service.name,
        "topic": topic,
        "lagThreshold": str(LAG_PER_WORKER),
        "offsetResetPolicy": "earliest",
        "sasl": "scram_sha512",
        "tls": "enable",
    }
    return {"type": "kafka", "metadata": metadata, "authenticationRef": {"name": "kafka"}}
