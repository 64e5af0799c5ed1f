"""The Secrets that the manifests read: where each value comes from in a store, and as a file."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.k8s_check.registry import NAMES, services
from deploy.k8s_check.texts import yaml_of
from deploy.local.receivers import new_key
from deploy.local.roles import role_names

STORE = {"kind": "ClusterSecretStore", "name": "mentoring"}
FILES = Path("components/secrets-from-files")
SMTP_EXAMPLE = "smtp+starttls://user:password@smtp.example.com:587"


def external_secrets() -> str:
    """ExternalSecret for each database role, for the mail server, and for the key that seals webhooks' secrets."""
    smtp = _external("smtp", {"url": "mentoring/smtp"}, kind="Opaque")
    webhooks = _external("webhooks", {"keys": "mentoring/webhooks"}, kind="Opaque")
    return yaml_of([*(_database(role) for role in role_names(NAMES)), smtp, webhooks])


def _database(role: str) -> dict[str, Any]:
    name = f"postgres-{role.replace('_', '-')}"
    made = _external(name, {"password": f"mentoring/{name}"}, kind="kubernetes.io/basic-auth")
    data = {"username": role, "password": "{{ .password }}"}
    # Labelled so that CloudNativePG takes over a changed password at once.
    labels = {"cnpg.io/reload": "true"}
    made["spec"]["target"]["template"] |= {"data": data, "metadata": {"labels": labels}}
    return made


def external_kafka_secrets() -> str:
    """ExternalSecret for each service's Kafka user."""
    names = [service.kafka_user for service in services()]
    return yaml_of(_external(name, {"password": f"mentoring/{name}"}, kind="Opaque") for name in names)


def _external(name: str, keys: dict[str, str], *, kind: str) -> dict[str, Any]:
    data = [{"secretKey": key, "remoteRef": {"key": remote}} for key, remote in keys.items()]
    target = {"name": name, "template": {"type": kind}}
    spec = {"refreshInterval": "1h", "secretStoreRef": STORE, "target": target, "data": data}
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name},
        "spec": spec,
    }


def missing_files(k8s: Path) -> Iterator[tuple[Path, str]]:
    """Each file of a password that is not there yet, with a random value; the mail server's address is an example."""
    folder = k8s / FILES / "passwords"
    wanted = {folder / f"postgres-{role.replace('_', '-')}": secrets.token_urlsafe(24) for role in role_names(NAMES)}
    wanted |= {
        k8s / FILES / "kafka" / "passwords" / service.kafka_user: secrets.token_urlsafe(24) for service in services()
    }
    wanted |= {folder / "smtp-url": SMTP_EXAMPLE, folder / "webhooks-keys": new_key()}
    yield from ((path, value) for path, value in wanted.items() if not path.exists())


def write_missing_files(k8s: Path) -> list[Path]:
    """Writes what is missing, readable by nobody else; never changes what is there."""
    written = []
    for path, value in missing_files(k8s):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(value, encoding="utf-8")
        written.append(path)
    return written
