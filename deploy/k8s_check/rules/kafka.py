"""Topics, access and scaling by lag: the same in every artefact, and the same as in the registry."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.topics import TOPICS
from deploy.k8s_check.build import Loader
from deploy.k8s_check.kafka_texts import Rule, users
from deploy.k8s_check.registry import Deployed, services
from deploy.k8s_check.resource import Mix, Resource

ASYNCAPI = Path("docs/asyncapi.yaml")
ROOT = Path(__file__).resolve().parents[3]
MEND = "run `make docs`."


@cache
def told_to_subscribers() -> frozenset[str]:
    """The topics of the AsyncAPI document."""
    text = (ROOT / ASYNCAPI).read_text(encoding="utf-8")
    return frozenset(yaml.load(text, Loader)["channels"])  # noqa: S506 - the safe loader, or the same in C


@cache
def known_services() -> tuple[Deployed, ...]:
    return services()


@cache
def known_users() -> dict[str, list[Rule]]:
    return users()


def topics_are_those_of_the_registry(mix: Mix) -> Iterator[str]:
    registry = {topic.name: topic.partitions for topic in TOPICS}
    for name in registry.keys() ^ told_to_subscribers():
        yield f"{ASYNCAPI}: topic {name} stands in only one of it and contracts/topics.py; {MEND}"
    made = {each.name: each for each in mix.of("KafkaTopic")}
    listed = mix.find("ConfigMap", "topics")
    if not made and not listed:
        yield f"{mix.name}: nothing says which topics there are; add strimzi or own-kafka-and-postgres."
    if made:
        yield from _missing("KafkaTopic", made.keys(), registry, next(iter(made.values())).file)
    if listed:
        yield from _missing("ConfigMap topics", listed.data.keys(), registry, listed.file)
    for name, each in made.items():
        if name in registry and each.spec.get("partitions") != registry[name]:
            yield each.wrong(
                f"it has {each.spec.get('partitions')} partitions, the registry says {registry[name]}; {MEND}"
            )


def _missing(what: str, found: Any, registry: dict[str, int], file: str) -> Iterator[str]:
    for name in sorted(registry.keys() ^ set(found)):
        more = "it is in no registry" if name not in registry else "it is missing here"
        yield f"{file}: {what}: topic {name}: {more}; {MEND}"


def users_may_what_their_service_does(mix: Mix) -> Iterator[str]:
    made = list(mix.of("KafkaUser"))
    for each in made:
        wanted, found = _flat(known_users().get(each.name, [])), _allowed(each)
        for operation, kind, name in sorted(wanted - found):
            yield each.wrong(f"it may not {operation} {kind} {name}, which its service needs; {MEND}")
        for operation, kind, name in sorted(found - wanted):
            yield each.wrong(f"it may {operation} {kind} {name}, which nothing of its service needs; {MEND}")
    for name in sorted(known_users().keys() - {each.name for each in made}) if made else ():
        yield f"{made[0].file}: KafkaUser {name} is missing; {MEND}"


def _flat(rules: list[Rule]) -> set[tuple[str, str, str]]:
    return {
        (operation if rule.allowed else f"be denied {operation} on", rule.kind, f"{rule.name} ({rule.how})")
        for rule in rules
        for operation in rule.operations
    }


def _allowed(user: Resource) -> set[tuple[str, str, str]]:
    acls = user.spec.get("authorization", {}).get("acls") or []
    return _flat(
        [
            Rule(
                acl["resource"]["type"],
                str(acl["resource"].get("name")),
                str(acl["resource"].get("patternType")),
                tuple(acl.get("operations") or []),
                allowed=acl.get("type", "allow") == "allow",
            )
            for acl in acls
        ]
    )


def scaling_follows_what_is_heard(mix: Mix) -> Iterator[str]:
    hears = {f"{service.name}-worker": service for service in known_services()}
    for each in mix.of("ScaledObject"):
        service = hears.get(str(each.spec.get("scaleTargetRef", {}).get("name")))
        triggers = [trigger["metadata"] for trigger in each.spec.get("triggers") or [] if trigger["type"] == "kafka"]
        topics = {trigger.get("topic") for trigger in triggers}
        if not service or topics != service.hears:
            yield each.wrong(f"it watches {sorted(map(str, topics))}, not what its service hears; {MEND}")
        elif any(trigger.get("consumerGroup") != service.name for trigger in triggers):
            yield each.wrong(f"it watches another consumer group than {service.name}; {MEND}")
        for reference in (trigger.get("authenticationRef", {}) for trigger in each.spec.get("triggers") or []):
            if not mix.find("TriggerAuthentication", str(reference.get("name"))):
                yield each.wrong(f"its TriggerAuthentication {reference.get('name')} does not exist; add it.")
