"""A copy of the manifests in which a test may plant a mistake, and what the check says about it."""

import shutil
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.k8s_check import rules
from deploy.k8s_check.build import build, choose, copy_of
from deploy.k8s_check.resource import Mix
from deploy.k8s_check.schemas import Schemas

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = ("keda", "strimzi", "cloudnative-pg", "external-secrets", "prometheus", "gateway", "opentelemetry")
KINDS = frozenset({"Deployment", "Service", "NetworkPolicy", "HorizontalPodAutoscaler", "KafkaUser", "ScaledObject"})

needs_kustomize = pytest.mark.skipif(
    not (shutil.which("kustomize") or shutil.which("kubectl")), reason="neither kustomize nor kubectl is on PATH"
)
needs_go = pytest.mark.skipif(not shutil.which("go"), reason="Go is not on PATH: schemas are read from Go modules")


@cache
def schemas() -> Schemas:
    """Read once for all tests."""
    return Schemas.load(KINDS)


class Manifests:
    """A copy of deploy/k8s below a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.k8s = copy_of(ROOT, folder)
        self.built = 0

    def plant(self, file: str, old: str, new: str) -> None:
        """Puts a mistake into a file; what it replaces must be there."""
        path = self.k8s / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer says {old!r}: mend the test"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def addresses(self, components: tuple[str, ...] | None) -> tuple[str, str]:
        """Where a pod will look for Kafka and for PostgreSQL."""
        pods = self.build("prod", components).deployments[0]
        said = self.build("prod", components).environment(pods.pod["containers"][0])
        return said["MENTORING_KAFKA_BROKERS"], urlsplit(said["MENTORING_DATABASE_URL"]).netloc.partition("@")[2]

    def build(self, overlay: str = "prod", components: tuple[str, ...] | None = EVERYTHING) -> Mix:
        self.built += 1
        folder = choose(self.k8s, overlay, components, into=f"planted-{self.built}")
        return build(folder, name=f"overlays/{overlay}", overlay=overlay)

    def said(self, components: tuple[str, ...] | None = EVERYTHING, *, overlay: str = "prod") -> list[str]:
        """What the rules say."""
        return list(rules.judge(self.build(overlay, components)))

    def said_by_schemas(self) -> list[str]:
        """What the schemas say."""
        judged = [each for each in self.build().resources if each.kind in KINDS]
        return [sentence for each in judged for sentence in schemas().judge(each)]
