"""A built resource that knows which file it came from, and all the resources of one mix."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Resource:
    """One built resource."""

    body: Body
    file: str

    @property
    def kind(self) -> str:
        return str(self.body.get("kind"))

    @property
    def name(self) -> str:
        return str(self.body.get("metadata", {}).get("name"))

    @property
    def spec(self) -> Body:
        found: Body = self.body.get("spec") or {}
        return found

    @property
    def data(self) -> Mapping[str, str]:
        """What a ConfigMap or Secret holds."""
        found: Mapping[str, str] = self.body.get("data") or {}
        return found

    @property
    def template(self) -> Body:
        """The pod's template of a Deployment."""
        found: Body = self.spec.get("template") or {}
        return found

    @property
    def pod(self) -> Body:
        """The pod's spec of a Deployment."""
        found: Body = self.template.get("spec") or {}
        return found

    @property
    def pod_labels(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.template.get("metadata", {}).get("labels") or {}
        return found

    @property
    def containers(self) -> list[Body]:
        """All containers of the pod, those that run first before the others."""
        return [*(self.pod.get("initContainers") or []), *(self.pod.get("containers") or [])]

    def wrong(self, sentence: str) -> str:
        """The sentence, with the file and the resource before it; what all pods have is patched in from beside it."""
        role = self.pod_labels.get("app.kubernetes.io/component", "api")
        patched = f" (or pod.yaml, {role}.yaml beside it)" if self.kind == "Deployment" else ""
        return f"{self.file}{patched}: {self.kind} {self.name}: {sentence}"


@dataclass(frozen=True)
class Mix:
    """One overlay with one choice of components, built."""

    name: str
    resources: tuple[Resource, ...]

    def of(self, *kinds: str) -> Iterator[Resource]:
        """The resources of these kinds."""
        return (each for each in self.resources if each.kind in kinds)

    def find(self, kind: str, name: str) -> Resource | None:
        """The resource of this kind and name."""
        return self._by_name.get((kind, name))

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Resource]:
        return {(each.kind, each.name): each for each in self.resources}

    @property
    def deployments(self) -> list[Resource]:
        return list(self.of("Deployment"))

    def environment(self, container: Body) -> dict[str, str]:
        """What the container's environment will hold; a value that only the cluster knows is a word in its place."""
        found: dict[str, str] = {}
        for source in container.get("envFrom") or []:
            config = self.find("ConfigMap", source.get("configMapRef", {}).get("name", ""))
            found |= config.data if config else {}
        for each in container.get("env") or []:
            value = each.get("value", "from-the-cluster")
            for name, before in found.items():
                value = value.replace(f"$({name})", before)
            found[each["name"]] = value
        return found


def matches(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether labels carry all of a selector; an empty selector matches everything."""
    return all(labels.get(key) == value for key, value in selector.items())
