"""Every mix of the manifests is well, what is made from the registries is fresh, and what is missing is said."""

import shutil
import subprocess
from typing import Any

import pytest

from contracts.topics import CONTACT, TOPICS
from deploy.k8s_check import generated, rules, schema_sources
from deploy.k8s_check.build import kustomize
from deploy.k8s_check.judge import build_all, by_schemas, distinct
from deploy.k8s_check.kafka_texts import Rule, rules_of, subscriber_rules, users
from deploy.k8s_check.mixes import mixes
from deploy.k8s_check.problems import CannotCheck
from deploy.k8s_check.registry import NAMES, services
from deploy.k8s_check.secret_texts import write_missing_files
from deploy.local.kafka_users import known_users
from tests.deploy.manifests import ROOT, needs_go, needs_kustomize

MIXES = 96


def test_what_follows_from_the_registries_is_fresh():
    assert generated.stale(ROOT) == [], "run `make docs`"


@pytest.fixture(scope="module")
def everything():
    """All mixes, built once for all tests: a minute or two."""
    return build_all(ROOT)


@needs_kustomize
def test_every_overlay_with_every_mix_keeps_all_rules(everything):
    assert [sentence for mix in everything for sentence in rules.judge(mix)] == []
    assert len(everything) == MIXES + 2


@needs_kustomize
@needs_go
def test_every_resource_is_as_its_schema_says(everything):
    assert by_schemas(list(distinct(everything))) == []


def test_a_mix_has_one_of_each_kind():
    found = list(mixes())

    assert len(found) == len(set(found)) == MIXES
    for _, components in found:
        assert ("strimzi" in components) != ("own-kafka-and-postgres/kafka" in components)
        assert ("cloudnative-pg" in components) != ("own-kafka-and-postgres/postgres" in components)
        assert not {"two-workers", "keda"} <= set(components)


def test_each_service_writes_only_what_it_tells_and_reads_only_that_and_what_it_hears():
    for service in services():
        may = {(operation, rule.name) for rule in rules_of(service) for operation in rule.operations}
        assert {name for operation, name in may if operation == "Write"} == service.tells
        readable = {name for operation, name in may if operation == "Read"} - {service.name}
        assert readable == service.hears | service.tells
        assert {operation for operation, _ in may} <= {"Describe", "Read", "Write"}


def test_only_who_tells_addresses_and_who_writes_to_people_may_read_them():
    readers = {
        user
        for user, rules in users().items()
        for rule in rules
        if rule.name == CONTACT.name and "Read" in rule.operations
    }

    assert readers == {"kafka-notifications", "kafka-profiles"}, "who hears it and who tells it"


def test_a_subscriber_may_read_all_topics_but_the_restricted_one_and_nothing_else():
    allowed = [rule for rule in subscriber_rules() if rule.allowed]

    assert {rule.name for rule in allowed if rule.kind == "topic"} == {t.name for t in TOPICS} - {CONTACT.name}
    assert {operation for rule in allowed for operation in rule.operations} == {"Describe", "Read"}


def test_a_subscriber_joins_no_service_s_group():
    denied = [rule for rule in subscriber_rules() if not rule.allowed]

    assert {rule.name for rule in denied} == set(NAMES)
    assert {(rule.kind, rule.operations) for rule in denied} == {("group", ("All",))}


def test_the_local_kafka_has_the_users_of_the_registry():
    local = {user: [_rule(acl) for acl in acls] for user, acls in known_users().items()}

    assert local == users(), "run `make docs`"


def _rule(acl: dict[str, Any]) -> Rule:
    on = acl["resource"]
    allowed = acl.get("type", "allow") == "allow"
    return Rule(on["type"], on["name"], on["patternType"], tuple(acl["operations"]), allowed=allowed)


def test_without_kustomize_the_check_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(CannotCheck, match=r"Neither kustomize nor kubectl is on PATH.*Install kubectl"):
        kustomize()


def test_without_go_the_check_says_so_and_how_to_go_on(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(CannotCheck, match=r"Go is not on PATH.*make k8s-check SCHEMAS=no"):
        list(schema_sources.schemas_of({"Deployment"}))


def test_passwords_are_made_once_differ_and_are_for_nobody_else(tmp_path):
    first = write_missing_files(tmp_path)
    values = {path: path.read_text() for path in first}

    assert len(set(values.values())) == len(first) == 17
    assert {path.stat().st_mode & 0o777 for path in first} == {0o600}
    assert write_missing_files(tmp_path) == []
    assert {path: path.read_text() for path in first} == values


def test_passwords_are_never_committed():
    path = "deploy/k8s/components/secrets-from-files/passwords/smtp-url"

    assert subprocess.run(["/usr/bin/env", "git", "check-ignore", "-q", path], cwd=ROOT, check=False).returncode == 0
