"""Builds an overlay with Kustomize, in a copy of deploy/k8s in which other components may be chosen."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.k8s_check.generated import K8S
from deploy.k8s_check.problems import CannotCheck
from deploy.k8s_check.resource import Mix, Resource
from deploy.k8s_check.secret_texts import write_missing_files

_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Loader(_Safe):  # type: ignore[misc]
    """The safe loader, in C where there is one; takes a lone `=` for a text, as Go does."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))
ORIGIN = "config.kubernetes.io/origin"


def kustomize() -> list[str]:
    """The command that builds, or a sentence that says how to get one."""
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    if shutil.which("kubectl"):
        return ["kubectl", "kustomize"]
    raise CannotCheck(
        "Neither kustomize nor kubectl is on PATH, so nothing can be built. Install kubectl (1.30 or newer), "
        "or with Go: go install sigs.k8s.io/kustomize/kustomize/v5@latest"
    )


def copy_of(root: Path, to: Path) -> Path:
    """The manifests in a place of their own, with passwords for whoever wants them from files."""
    k8s = Path(shutil.copytree(root / K8S, to / K8S, ignore=shutil.ignore_patterns("passwords")))
    write_missing_files(k8s)
    return k8s


def choose(k8s: Path, overlay: str, components: Sequence[str] | None, *, into: str) -> Path:
    """A variant of an overlay with these components in place of its own; without any, the overlay as it is."""
    folder = k8s / "overlays" / into
    shutil.copytree(k8s / "overlays" / overlay, folder)
    file = folder / "kustomization.yaml"
    said = yaml.load(file.read_text(encoding="utf-8"), Loader)  # noqa: S506 - the safe loader, or the same in C
    if components is not None:
        said["components"] = [f"../../components/{name}" for name in components]
    said["buildMetadata"] = ["originAnnotations"]
    file.write_text(yaml.safe_dump(said), encoding="utf-8")
    return folder


def build(folder: Path, *, name: str, overlay: str) -> Mix:
    """The resources that Kustomize makes of the folder, each with its file; its refusal is a sentence."""
    done = subprocess.run([*kustomize(), str(folder)], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise CannotCheck(f"{name} cannot be built: {done.stderr.strip().splitlines()[-1]}")
    bodies = [body for body in yaml.load_all(done.stdout, Loader) if body]
    return Mix(name, tuple(Resource(body, _file(body, overlay)) for body in bodies))


def _file(body: dict[str, Any], overlay: str) -> str:
    """The file of a resource in the repository; its annotation is taken off."""
    annotations = body["metadata"].get("annotations") or {}
    origin = dict(line.split(": ", 1) for line in annotations.pop(ORIGIN, "").splitlines() if ": " in line)
    if not annotations:
        body["metadata"].pop("annotations", None)
    said = origin.get("path") or origin.get("configuredIn") or "kustomization.yaml"
    place = K8S / "overlays" / overlay
    for part in Path(said).parts:
        place = place.parent if part == ".." else place / part
    return place.as_posix()
