"""Every generated file below deploy/k8s and deploy/grafana, and which of them are not fresh."""

from pathlib import Path

from deploy.grafana import dashboards
from deploy.k8s_check import kafka_texts, monitoring_texts, postgres_texts, secret_texts

K8S = Path("deploy/k8s")
_OWN = K8S / "components/own-kafka-and-postgres"


def documents() -> dict[Path, str]:
    """Each file by its place in the repository."""
    components = K8S / "components"
    return {
        components / "strimzi/topics.yaml": kafka_texts.strimzi_topics(),
        components / "strimzi/users.yaml": kafka_texts.strimzi_users(),
        components / "keda/scaledobjects.yaml": kafka_texts.scaled_objects(),
        components / "cloudnative-pg/schemas.yaml": postgres_texts.schemas_config_map(),
        components / "external-secrets/secrets.yaml": secret_texts.external_secrets(),
        components / "external-secrets/kafka/secrets.yaml": secret_texts.external_kafka_secrets(),
        components / "prometheus/rules.yaml": monitoring_texts.prometheus_rule(),
        components / "prometheus/dashboards.yaml": monitoring_texts.dashboard_config_maps(),
        **dashboards.files(),
        _OWN / "kafka/topics.yaml": kafka_texts.topics_config_map(),
        _OWN / "kafka/create.sh": kafka_texts.create_script(),
        _OWN / "postgres/schemas.sql": postgres_texts.schemas_sql(),
    }


def stale(root: Path) -> list[Path]:
    """The files that differ from the registries, or are missing."""
    return [path for path, text in documents().items() if not _same(root / path, text)]


def write(root: Path) -> list[Path]:
    """Writes what is not fresh; gives the paths it touched."""
    wanted = documents()
    touched = stale(root)
    for path in touched:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(wanted[path], encoding="utf-8")
    return touched


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
