"""What the registry wants of the broker: settings of topics, and access rules as they are written for Strimzi."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from contracts.topics import Topic

DAY_MS = 24 * 60 * 60 * 1000
USERS = Path(__file__).resolve().parents[2] / "deploy" / "k8s" / "components" / "strimzi" / "users.yaml"
"""Made by `make docs` from what the services hear and tell."""


class Rule(NamedTuple):
    """One access rule of Kafka."""

    principal: str
    allowed: bool
    operation: str
    kind: str
    name: str
    prefixed: bool = False
    host: str = "*"

    def __str__(self) -> str:
        verb = "may" if self.allowed else "may not"
        on = f"{self.kind} {self.name}{'…' if self.prefixed else ''}"
        return f"{self.principal} {verb} {self.operation.lower()} {on}"


def settings_of(topic: Topic, replication: int) -> dict[str, str]:
    """The topic's settings as Kafka names them."""
    kept = topic.retention_days
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": "-1" if kept is None else str(kept * DAY_MS),
        # With three copies, two must have a record before it counts as told.
        "min.insync.replicas": str(max(1, replication - 1)),
        # A record bears the database's time. Where that clock is ahead, the broker must not refuse what was told.
        "message.timestamp.after.max.ms": str(365 * DAY_MS),
    }


def rules_in(file: Path) -> set[Rule]:
    """The rules of every user in a file of KafkaUser resources."""
    import yaml  # noqa: PLC0415 - production has none, and needs none

    users = yaml.safe_load_all(file.read_text(encoding="utf-8"))
    return {rule for user in users if user for rule in _rules_of(user)}


def _rules_of(user: Mapping[str, Any]) -> Iterator[Rule]:
    principal = f"User:{user['metadata']['name']}"
    for acl in user["spec"]["authorization"]["acls"]:
        on = acl["resource"]
        for operation in acl["operations"]:
            allowed = acl.get("type", "allow") == "allow"
            yield Rule(principal, allowed, operation.upper(), on["type"], on["name"], on["patternType"] == "prefix")
