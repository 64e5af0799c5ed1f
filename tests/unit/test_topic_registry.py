"""What differs between registry and broker, and what is never applied."""

import dataclasses

import pytest

from chassis.registry.changes import Found, differences, rule_differences
from chassis.registry.wanted import USERS, Rule, rules_in, settings_of
from contracts.topics import LETTER, MATCH, PERSON
from deploy.local import kafka_users

AS_WANTED = Found(MATCH.partitions, 3, settings_of(MATCH, 3))


def kinds(changes):
    return [change.kind for change in changes]


def test_a_topic_that_is_as_the_registry_says_differs_in_nothing():
    assert differences([MATCH], {MATCH.name: AS_WANTED}, copies=3) == []


def test_a_topic_that_is_missing_is_made_with_everything_the_registry_says():
    (change,) = differences([LETTER], {}, copies=2)
    assert change.kind == "create"
    wanted = {"partitions": LETTER.partitions, "copies": 2, "retention.ms": str(30 * 24 * 3600 * 1000)}
    assert change.values.items() >= wanted.items()
    assert "notifications.letter.v1 is missing" in change.sentence


def with_settings(topic, **changes):
    settings = settings_of(topic, 3) | {name.replace("_", "."): value for name, value in changes.items()}
    return {topic.name: Found(topic.partitions, 3, settings)}


@pytest.mark.parametrize(
    ("topic", "there", "kind"),
    [
        (MATCH, {"retention_ms": "1000"}, "setting"),
        (MATCH, {"retention_ms": "-1"}, "by hand"),
        (MATCH, {"retention_ms": str(10**15)}, "by hand"),
        (PERSON, {"retention_ms": "1000"}, "setting"),
        (MATCH, {"cleanup_policy": "compact"}, "by hand"),
        (PERSON, {"cleanup_policy": "delete"}, "by hand"),
        (MATCH, {"min_insync_replicas": "1"}, "setting"),
    ],
)
def test_what_would_throw_records_away_is_left_to_a_person(topic, there, kind):
    (change,) = differences([topic], with_settings(topic, **there), copies=3)
    assert change.kind == kind
    assert change.can_be_applied == (kind != "by hand")


def test_partitions_are_added_with_a_warning_and_never_taken_away():
    (more,) = differences([MATCH], {MATCH.name: dataclasses.replace(AS_WANTED, partitions=2)}, copies=3)
    assert (more.kind, more.values) == ("partitions", {"partitions": MATCH.partitions})
    assert "keys will move" in more.sentence
    (fewer,) = differences([MATCH], {MATCH.name: dataclasses.replace(AS_WANTED, partitions=12)}, copies=3)
    assert fewer.kind == "by hand"


def test_rules_that_are_missing_are_made_and_those_of_strangers_are_not_looked_at():
    read = Rule("User:a", True, "READ", "topic", "x")
    write = Rule("User:a", True, "WRITE", "topic", "x")
    stranger = Rule("User:else", True, "READ", "topic", "x")
    assert kinds(rule_differences({read}, {read, stranger})) == []
    assert kinds(rule_differences({read}, {stranger})) == ["rule"]
    surplus = rule_differences({read}, {read, write})
    assert kinds(surplus) == ["by hand"]
    assert "User:a may write topic x" in surplus[0].sentence


def test_the_rules_of_the_manifest_are_read_as_the_local_platform_reads_them():
    ours = {(each.principal, each.operation, each.kind, each.name, each.allowed) for each in rules_in(USERS)}
    theirs = {
        (
            rule.principal,
            rule.operation.name,
            rule.restype.name.lower(),
            rule.name,
            rule.permission_type.name == "ALLOW",
        )
        for user, acls in kafka_users.known_users().items()
        for rule in kafka_users.bindings(user, acls)
    }
    assert ours == theirs
