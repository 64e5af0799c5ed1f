"""Which arrows the network lets through: all that exist, and no pod without a wall."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from deploy.k8s_check.resource import Mix, Resource, matches
from deploy.k8s_check.rules.references import ports_of

DNS = 53
MAIL = 25
DEFAULT_PORTS = {"https": 443, "http": 80, "postgresql": 5432}


def everything_is_denied_first(mix: Mix) -> Iterator[str]:
    for pods in mix.deployments:
        for way in ("Ingress", "Egress"):
            if not any(way in each.spec.get("policyTypes", []) and not _opens(each) for each in _policies(mix, pods)):
                yield pods.wrong(f"no NetworkPolicy denies it {way} by default; let default-deny match its labels.")


def _opens(policy: Resource) -> bool:
    return bool(policy.spec.get("ingress") or policy.spec.get("egress"))


def _policies(mix: Mix, pods: Resource) -> list[Resource]:
    return [each for each in mix.of("NetworkPolicy") if matches(_selector(each), pods.pod_labels)]


def _selector(policy: Resource) -> dict[str, str]:
    found: dict[str, str] = policy.spec.get("podSelector", {}).get("matchLabels") or {}
    return found


def policy_matches_pods_and_ports(mix: Mix) -> Iterator[str]:
    for each in mix.of("NetworkPolicy"):
        found = [pods for pods in mix.deployments if matches(_selector(each), pods.pod_labels)]
        if not found:
            yield each.wrong(
                "its podSelector matches no pods, so it does nothing; use the labels of a Deployment's pods."
            )
        opened = [port["port"] for rule in each.spec.get("ingress") or [] for port in rule.get("ports") or []]
        for port in opened:
            if any(port not in ports_of(pods) for pods in found):
                yield each.wrong(f"it opens port {port}, which its pods do not have; name a port of theirs.")


def servers_can_be_reached(mix: Mix) -> Iterator[str]:
    """Every server in a pod's environment has an arrow that leads to its port."""
    for pods in mix.deployments:
        opened = [
            port
            for each in _policies(mix, pods)
            for rule in each.spec.get("egress") or []
            for port in rule.get("ports") or []
        ]
        for what, port in _wanted(mix, pods):
            if not any(_lets(each, port) for each in opened):
                yield pods.wrong(f"no NetworkPolicy lets it reach {what} on port {port}; add an egress rule for it.")


def _lets(opened: dict[str, Any], port: int) -> bool:
    first = opened.get("port")
    return isinstance(first, int) and first <= port <= int(opened.get("endPort", first))


def _wanted(mix: Mix, pods: Resource) -> Iterator[tuple[str, int]]:
    said = mix.environment(pods.pod["containers"][0])
    role = pods.pod_labels.get("app.kubernetes.io/component")
    yield "DNS", DNS
    for broker in said.get("MENTORING_KAFKA_BROKERS", "").split(","):
        yield from ((f"Kafka ({broker})", int(port)) for port in [broker.rpartition(":")[2]] if port.isdigit())
    for name, what in (("MENTORING_DATABASE_URL", "PostgreSQL"), ("MENTORING_JWKS_URL", "the issuer's keys")):
        url = urlsplit(said.get(name, "").replace(",", "."))
        if url.scheme in DEFAULT_PORTS and (role == "api" or what == "PostgreSQL"):
            yield what, url.port or DEFAULT_PORTS[url.scheme]
    collector = urlsplit(said.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""))
    if collector.hostname:
        yield "the OpenTelemetry Collector", collector.port or DEFAULT_PORTS[collector.scheme]
    if "MENTORING_SMTP_URL" in said and role == "worker":
        yield "the mail server", MAIL
