"""Users and access rules of our Kafka: exactly those of the manifests for Kubernetes, so that every run tries them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from contracts.topics import TOPICS
from deploy.local.children import REPOSITORY, wait_until
from deploy.local.logins import client, login_of
from deploy.local.problems import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from deploy.local.logins import Login

MANIFEST = REPOSITORY / "deploy" / "k8s" / "components" / "strimzi" / "users.yaml"
"""Made from what the services hear and tell by `make docs`; `make check` says when it is not fresh."""
PATIENCE = 15.0
ITERATIONS = 4096
"""The least that Kafka takes: the passwords are random, so nobody guesses them, and clients log in often."""
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_ANY: Any = None
EVERY_RULE = AclBindingFilter(
    ResourceType.ANY, _ANY, ResourcePatternType.ANY, _ANY, _ANY, AclOperation.ANY, AclPermissionType.ANY
)


def known_users() -> dict[str, list[dict[str, Any]]]:
    """Every user with its rules, as Strimzi writes them."""
    manifests = yaml.load_all(MANIFEST.read_text(encoding="utf-8"), _Loader)
    return {each["metadata"]["name"]: each["spec"]["authorization"]["acls"] for each in manifests}


def missing_rules() -> list[str]:
    """A sentence for each topic that nobody may write: the manifest is older than the contracts."""
    written = {
        acl["resource"]["name"] for acls in known_users().values() for acl in acls if "Write" in acl["operations"]
    }
    return [f"Nobody may write {topic.name} yet: run `make docs`." for topic in TOPICS if topic.name not in written]


def create_users(bootstrap: str, admin: Login, passwords: Path) -> None:
    """Makes every user and gives it its password and its rules; takes away what it may no longer do."""
    asker, users = AdminClient(client(bootstrap, admin)), known_users()
    try:
        _give_passwords(asker, passwords, list(users))
        _give_rules(asker, {binding for user, acls in users.items() for binding in bindings(user, acls)})
    except KafkaException as reason:
        raise LocalError(f"Kafka's users could not be made: {reason.args[0].str()}") from reason


def _give_passwords(asker: AdminClient, passwords: Path, users: list[str]) -> None:
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS)
    wanted: list[Any] = [
        UserScramCredentialUpsertion(user, how, login_of(passwords, user).password.encode()) for user in users
    ]
    for done in asker.alter_user_scram_credentials(wanted, request_timeout=PATIENCE).values():
        done.result(PATIENCE)


def _give_rules(asker: AdminClient, wanted: set[AclBinding]) -> None:
    found = _rules(asker)
    asked: list[Any] = []
    if missing := list(wanted - found):
        asked += asker.create_acls(missing, request_timeout=PATIENCE).values()
    if surplus := list(found - wanted):
        asked += asker.delete_acls([_only(each) for each in surplus], request_timeout=PATIENCE).values()
    for done in asked:
        done.result(PATIENCE)
    # What is asked for is written first and followed a moment later; rules come after the passwords.
    wait_until(lambda: _rules(asker) == wanted, within=PATIENCE, what="Kafka's access rules")


def _rules(asker: AdminClient) -> set[AclBinding]:
    return set(asker.describe_acls(EVERY_RULE, request_timeout=PATIENCE).result(PATIENCE))


def bindings(user: str, acls: list[dict[str, Any]]) -> Iterator[AclBinding]:
    for acl in acls:
        on = acl["resource"]
        for operation in acl["operations"]:
            yield AclBinding(
                ResourceType[on["type"].upper()],
                on["name"],
                ResourcePatternType.PREFIXED if on["patternType"] == "prefix" else ResourcePatternType.LITERAL,
                f"User:{user}",
                "*",
                AclOperation[operation.upper()],
                AclPermissionType[acl.get("type", "allow").upper()],
            )


def _only(rule: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        rule.restype,
        rule.name,
        rule.resource_pattern_type,
        rule.principal,
        rule.host,
        rule.operation,
        rule.permission_type,
    )
