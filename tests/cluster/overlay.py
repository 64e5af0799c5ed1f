"""The run's own overlay: `prod` with what docs/deploy.md says to change, and nothing else."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.k8s_check.build import copy_of
from deploy.k8s_check.secret_texts import FILES
from deploy.local.identity import ISSUER
from deploy.local.roles import SERVICES, role_names

NAME = "e2e"
COMPONENTS = ("two-workers", "own-kafka-and-postgres", "secrets-from-files", "secrets-from-files/kafka")
RUN_LABEL = "mentoring/run"
_LITTLE = {"resources": {"requests": {"cpu": "25m"}}}
_SMALL = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "every-pod"},
    "spec": {
        "template": {
            "spec": {
                "initContainers": [{"name": "migrate", **_LITTLE}],
                "containers": [{"name": "service", **_LITTLE}],
            }
        }
    },
}
"""A laptop's cluster has two cores for sixteen pods and those of a rollout: they get less when all want some."""
PART_OF = "app.kubernetes.io/part-of"


@dataclass(frozen=True)
class Addresses:
    """Where pods find this machine's servers."""

    host: str
    kafka: int
    postgres: int
    smtp: int
    issuer: int
    database: str = "mentoring"

    @property
    def ports(self) -> dict[str, int]:
        """By server."""
        return {"Kafka": self.kafka, "PostgreSQL": self.postgres, "SMTP": self.smtp, "the issuer": self.issuer}

    @property
    def postgres_address(self) -> str:
        """As the ConfigMap says it: with neither user nor password."""
        return f"{self.host}:{self.postgres}/{self.database}?sslmode=disable"

    @property
    def settings(self) -> dict[str, dict[str, str]]:
        """By ConfigMap, what differs from the overlay that this one is made from."""
        return {
            "mentoring": {
                "MENTORING_ENVIRONMENT": "test",
                "MENTORING_TEST_CLOCK": "true",
                "MENTORING_REQUESTS_PER_SECOND": "10000",
                "MENTORING_JWKS_URL": f"http://{self.host}:{self.issuer}/jwks.json",
                "MENTORING_TOKEN_ISSUER": ISSUER,
                "MENTORING_KAFKA_BROKERS": f"{self.host}:{self.kafka}",
                "MENTORING_KAFKA_CA_FILE": "",
                "POSTGRES_ADDRESS": self.postgres_address,
            },
        }


def namespace_of(run: str) -> str:
    """Where the run's pods live."""
    return f"mentoring-e2e-{run}"


def image_reference(image: str) -> dict[str, str]:
    """An image as Kustomize wants it: `registry:5000/mentoring:1.2`, or with a digest."""
    name, at, digest = image.partition("@")
    if at:
        return {"newName": name, "digest": digest}
    before, _, last = name.rpartition("/")
    repository, _, tag = last.partition(":")
    return {"newName": f"{before}/{repository}" if before else repository, "newTag": tag or "latest"}


def kustomization(base: Mapping[str, Any], *, run: str, images: Mapping[str, str], at: Addresses) -> dict[str, Any]:
    """The run's kustomization, from that of an overlay; `images` by service."""
    made = dict(base)
    made["namespace"] = namespace_of(run)
    made["resources"] = [*base["resources"], "servers.yaml"]
    made["components"] = [f"../../components/{name}" for name in COMPONENTS]
    made["labels"] = [{"pairs": {RUN_LABEL: run}, "includeTemplates": True}]
    made["images"] = [{"name": f"mentoring/{name}", **image_reference(images[name])} for name in SERVICES]
    made["configMapGenerator"] = [
        _merged(each, at.settings.get(each["name"], {})) for each in base["configMapGenerator"]
    ]
    made["patches"] = [*base.get("patches", []), {"target": {"kind": "Deployment"}, "patch": yaml.safe_dump(_SMALL)}]
    made["buildMetadata"] = ["originAnnotations"]
    return made


def _merged(generator: Mapping[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
    said = dict(literal.split("=", 1) for literal in generator["literals"]) | dict(settings)
    return {**generator, "literals": [f"{name}={value}" for name, value in said.items()]}


def servers_policy(at: Addresses) -> dict[str, Any]:
    """The way to this machine's servers, which listen on ports of the run's own."""
    ports = [{"protocol": "TCP", "port": port} for port in at.ports.values()]
    # What an ipBlock cannot name (a host name) stays open, as in the base.
    cidr = f"{at.host}/{128 if ':' in at.host else 32}"
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "servers-of-the-run"},
        "spec": {
            "podSelector": {"matchLabels": {PART_OF: "mentoring"}},
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"ipBlock": {"cidr": cidr}}], "ports": ports}],
        },
    }


def write_overlay(
    root: Path, to: Path, *, run: str, images: Mapping[str, str], at: Addresses, passwords: Mapping[str, str]
) -> Path:
    """A copy of the manifests below `to` with the run's overlay and passwords in it; gives the overlay's folder."""
    shutil.rmtree(to / "deploy", ignore_errors=True)
    k8s = copy_of(root, to)
    _write_passwords(k8s, passwords, at)
    folder = k8s / "overlays" / NAME
    shutil.copytree(k8s / "overlays" / "prod", folder)
    base = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    _write(folder / "kustomization.yaml", kustomization(base, run=run, images=images, at=at))
    namespace = yaml.safe_load((folder / "namespace.yaml").read_text(encoding="utf-8"))
    namespace["metadata"]["name"] = namespace_of(run)
    _write(folder / "namespace.yaml", namespace)
    _write(folder / "servers.yaml", servers_policy(at))
    return folder


def _write_passwords(k8s: Path, passwords: Mapping[str, str], at: Addresses) -> None:
    folder = k8s / FILES
    for role in role_names():
        (folder / "passwords" / f"postgres-{role.replace('_', '-')}").write_text(passwords[role], encoding="utf-8")
    for name in SERVICES:
        (folder / "kafka" / "passwords" / f"kafka-{name}").write_text(passwords[f"kafka-{name}"], encoding="utf-8")
    (folder / "passwords" / "smtp-url").write_text(f"smtp://{at.host}:{at.smtp}", encoding="utf-8")


def _write(path: Path, body: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(dict(body), sort_keys=False), encoding="utf-8")
