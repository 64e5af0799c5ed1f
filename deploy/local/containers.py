"""The services as containers of one image, shut in as Kubernetes shuts them in: `make up IMAGE=mentoring:dev`."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

import yaml

from deploy.local.children import REPOSITORY
from deploy.local.problems import LocalError
from deploy.local.supervisor_config import Program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LABEL = "org.mentoring.instance"
NOBODY = "65532:65532"
KEYS = "/etc/mentoring/jwks.json"
LONGEST_STOP = 25
"""Seconds that a service may take to stop; the chassis promises it."""
OURS = ("MENTORING_LOCAL_ROOT", "MENTORING_LOCAL_INSTANCE", "MENTORING_PORT_BASE", "MENTORING_CACHE")
"""What this machine's platform reads itself; everything else that begins so is a setting of the services."""
# A container whose client was killed lives on and keeps its name: the next one takes its place.
RUN = 'engine="$0"; "$engine" rm --force "$1" > /dev/null 2>&1; shift; exec "$engine" run "$@"'


@dataclass(frozen=True)
class Image:
    """An image that is there, and the engine that has it."""

    name: str
    id: str
    engine: str

    @classmethod
    def find(cls, name: str) -> Image:
        """The image of this name, or a sentence that says what is missing: an engine, its answer, or the image."""
        engine = shutil.which("docker") or shutil.which("podman")
        if not engine:
            raise LocalError(
                f"IMAGE={name} needs docker or podman, and neither is on PATH. Leave IMAGE out to do without."
            )
        if _ask(engine, "info") is None:
            raise LocalError(
                f"IMAGE={name} needs {engine}, which does not answer. Start its service, or leave IMAGE out."
            )
        found = _ask(engine, "image", "inspect", "--format", "{{.Id}}", name)
        if found is None:
            raise LocalError(f"There is no image {name} here. Make it with `make image TAG={name}`, or pull it.")
        return cls(name, found if found.startswith("sha256:") else f"sha256:{found}", engine)


@dataclass(frozen=True)
class Containers:
    """The containers of one instance: `root` is its folder and tells them from those of another."""

    image: Image
    root: Path

    def service(self, name: str, words: tuple[str, ...], env: Mapping[str, str]) -> Program:
        """A program that runs the service in the foreground until it is asked to stop."""
        run = self.run(f"{name}", limit(name), words, env)
        inside = self.inside(env)
        return Program(
            name, ("sh", "-c", RUN, self.image.engine, self.named(name), *run), inside, patience=LONGEST_STOP
        )

    def migrate(self, name: str, env: Mapping[str, str]) -> None:
        """Brings the tables of a service up to date with what the image knows of them."""
        run = self.run(f"{name}-migrate", limit(name, "migrate"), (f"services.{name}", "migrate"), env)
        command = ("sh", "-c", RUN, self.image.engine, self.named(f"{name}-migrate"), *run)
        done = subprocess.run(
            command, env={**os.environ, **self.inside(env)}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-2000:]
            raise LocalError(
                f"The tables of {name} could not be brought up to date (exit code {done.returncode}): {said}"
            )

    def run(self, name: str, memory: str, words: tuple[str, ...], env: Mapping[str, str]) -> tuple[str, ...]:
        """The words behind `run`. Of a setting only the name stands there: anybody may read a command line."""
        return (
            *("--rm", "--name", self.named(name), "--label", f"{LABEL}={self.root}"),
            *("--network", "host"),  # Kafka, PostgreSQL and SMTP listen on loopback
            *("--user", NOBODY, "--read-only", "--tmpfs", "/tmp:size=256m"),  # noqa: S108  inside of the container
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--memory", memory, "--memory-swap", memory),
            *("--stop-timeout", str(LONGEST_STOP)),
            *("--mount", f"type=bind,source={self._keys},target={KEYS},readonly"),
            *(word for setting in sorted(self.inside(env)) for word in ("--env", setting)),
            *(self.image.id, *words),
        )

    @property
    def _keys(self) -> Path:
        return self.root / "identity" / "jwks.json"

    def named(self, name: str) -> str:
        """The name of a container; two instances on one machine do not share it."""
        return f"mentoring-{hashlib.sha256(str(self.root).encode()).hexdigest()[:8]}-{name}"

    def inside(self, env: Mapping[str, str]) -> dict[str, str]:
        """The settings as a container can use them: no file of ours, passwords apart from addresses."""
        passed = {n: value for n, value in os.environ.items() if n.startswith("MENTORING_") and n not in OURS}
        made = {**passed, **env}
        if made.get("MENTORING_JWKS_URL") == self._keys.as_uri():
            made["MENTORING_JWKS_URL"] = f"file://{KEYS}"
        file = made.pop("MENTORING_KAFKA_PASSWORD_FILE", None)
        if file:
            made["MENTORING_KAFKA_PASSWORD"] = Path(file).read_text(encoding="utf-8")
        for kind in ("", "OWNER_"):
            url = made.get(f"MENTORING_{kind}DATABASE_URL")
            if url:
                made |= _apart(f"MENTORING_{kind}DATABASE_", url)
        return made

    def memory(self) -> dict[str, str]:
        """What each running container holds, and how much it may, by the service's name."""
        names = self._all("{{.Names}}")
        said = names and _ask(self.image.engine, "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *names)
        parts = [line.split(maxsplit=1) for line in (said or "").splitlines()]
        return {name.removeprefix(self.named("")): usage for name, usage in parts}

    def end(self) -> list[str]:
        """Ends what is left of this instance; answers the names."""
        names = self._all("{{.Names}}")
        if names:
            _ask(self.image.engine, "stop", *names)
            _ask(self.image.engine, "rm", "--force", *names)
        return names

    def _all(self, form: str) -> list[str]:
        found = _ask(self.image.engine, "ps", "--all", "--filter", f"label={LABEL}={self.root}", "--format", form)
        return (found or "").split()


@cache
def limit(service: str, container: str = "service") -> str:
    """The most memory that the manifests give to the worker of a service, in the engine's words: 384m, 2g."""
    base = REPOSITORY / "deploy" / "k8s" / "base"
    if container == "migrate":
        pod = yaml.safe_load((base / "pod.yaml").read_text(encoding="utf-8"))
        return _in_words_of_the_engine(_resources(pod["spec"]["template"]["spec"]["initContainers"], container))
    for each in yaml.safe_load_all((base / f"{service}.yaml").read_text(encoding="utf-8")):
        if each["kind"] == "Deployment" and each["metadata"]["name"].endswith("-worker"):
            return _in_words_of_the_engine(_resources(each["spec"]["template"]["spec"]["containers"], container))
    raise LocalError(f"deploy/k8s/base/{service}.yaml has no Deployment {service}-worker to read the memory from.")


def _resources(containers: Iterable[Mapping[str, object]], name: str) -> str:
    (found,) = [each["resources"] for each in containers if each["name"] == name]
    return str(found["limits"]["memory"])  # type: ignore[index]


def _in_words_of_the_engine(quantity: str) -> str:
    return re.sub(r"([KMG])i$", lambda unit: unit[1].lower(), quantity)


def _apart(prefix: str, url: str) -> dict[str, str]:
    parts = urlsplit(url)
    user, _, hosts = parts.netloc.rpartition("@")
    name, colon, password = user.partition(":")
    bare = urlunsplit(parts._replace(netloc=f"{name}@{hosts}"))
    return {f"{prefix}URL": bare, f"{prefix}PASSWORD": unquote(password)} if colon else {}


def _ask(engine: str, *words: str) -> str | None:
    """What the engine answers, or nothing if it does not or cannot."""
    try:
        done = subprocess.run([engine, *words], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout.strip()
