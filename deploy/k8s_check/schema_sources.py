"""Where the schemas come from: Go modules of their publishers, read at run time through Go's own download."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml

from deploy.k8s_check import strimzi
from deploy.k8s_check.build import Loader
from deploy.k8s_check.problems import CannotCheck

Found = tuple[str, str, dict[str, Any]]
KUBERNETES = ("k8s.io/kubernetes@v1.34.4", "api/openapi-spec/swagger.json")
CRDS = (
    ("github.com/kedacore/keda/v2@v2.21.0", "config/crd/bases"),
    ("github.com/prometheus-operator/prometheus-operator@v0.85.0", "example/prometheus-operator-crd"),
    ("sigs.k8s.io/gateway-api@v1.4.1", "config/crd/standard"),
    ("github.com/external-secrets/external-secrets@v0.16.2", "config/crds/bases"),
    ("github.com/cloudnative-pg/cloudnative-pg@v1.27.0", "config/crd/bases"),
    ("github.com/cloudnative-pg/plugin-barman-cloud@v0.15.0", "config/crd/bases"),
)
_SERVER = "io.k8s.apimachinery.pkg."


def schemas_of(kinds: Collection[str]) -> Iterator[Found]:
    """Version, kind and schema of these kinds, as a cluster with these operators takes them."""
    yield from built_in(json.loads(_file(*KUBERNETES).read_text(encoding="utf-8")))
    for module, folder in CRDS:
        for path in sorted(_file(module, folder).glob("*.yaml")):
            if any(f"_{kind.lower()}" in path.name for kind in kinds):  # the others take seconds to read
                yield from of_definition(path)
    for path in strimzi.definitions(kinds):
        yield from of_definition(path)


def built_in(swagger: dict[str, Any]) -> Iterator[Found]:
    """The kinds of Kubernetes itself."""
    from deploy.k8s_check.schemas import strict  # noqa: PLC0415 - they need each other

    definitions = strict(swagger["definitions"])
    # A quantity may be written as a number, too.
    definitions[_SERVER + "api.resource.Quantity"]["type"] = ["string", "number"]
    for name, definition in definitions.items():
        for kind in definition.get("x-kubernetes-group-version-kind", []):
            version = "/".join(filter(None, (kind["group"], kind["version"])))
            yield version, kind["kind"], {"$ref": f"#/definitions/{name}", "definitions": definitions}


def of_definition(path: Path) -> Iterator[Found]:
    """The versions that one CustomResourceDefinition serves."""
    from deploy.k8s_check.schemas import strict  # noqa: PLC0415 - they need each other

    for body in yaml.load_all(path.read_text(encoding="utf-8"), Loader):
        if (body or {}).get("kind") != "CustomResourceDefinition":
            continue
        spec = body["spec"]
        for version in (version for version in spec["versions"] if version["served"]):
            schema = strict(version["schema"]["openAPIV3Schema"])
            yield f"{spec['group']}/{version['name']}", spec["names"]["kind"], schema


def _file(module: str, path: str) -> Path:
    """A file of a Go module, fetched if it is not there yet."""
    if not shutil.which("go"):
        raise CannotCheck(
            "Go is not on PATH, and the schemas are read from Go modules. Install Go 1.24 or newer, "
            "or check without them: make k8s-check SCHEMAS=no"
        )
    env = {**os.environ, "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    command = ["go", "mod", "download", "-json", module]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=False, env=env, cwd=tempfile.gettempdir()
    )
    said = json.loads(done.stdout or "{}")
    if "Dir" not in said:
        reason = (said.get("Error") or done.stderr).strip().splitlines()[-1]
        raise CannotCheck(f"The schemas of {module} cannot be had: {reason}. Try again, or: make k8s-check SCHEMAS=no")
    return Path(said["Dir"]) / path
