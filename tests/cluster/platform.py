"""The platform's pods in the cluster: applied, rolled out, looked at."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from deploy.local.roles import SERVICES
from tests.cluster.kubectl import LOOK_SECONDS, Kubectl, Refused
from tests.cluster.overlay import PART_OF, RUN_LABEL, image_reference, namespace_of
from tests.cluster.problems import Broken
from tests.waiting import eventually

NAME_LABEL, ROLE_LABEL = "app.kubernetes.io/name", "app.kubernetes.io/component"
DEPLOYMENTS = tuple(f"{name}-{role}" for name in SERVICES for role in ("api", "worker"))
REPLICAS = 2
HEALTHY_WITHIN = 300.0


@dataclass(frozen=True)
class Pod:
    """One pod, as far as rows care."""

    name: str
    uid: str
    deployment: str
    ready: bool
    restarts: int
    image: str
    node: str
    leaving: bool
    serving: bool
    """Whether the container that serves runs, be it ready or not."""
    trouble: str = ""
    """Why a container waits, as the cluster calls it."""


def pod_of(body: Mapping[str, Any]) -> Pod:
    """What the API server says of a pod."""
    labels, status = body["metadata"]["labels"], body.get("status", {})
    conditions = {each["type"]: each["status"] for each in status.get("conditions", [])}
    serving = [each for each in status.get("containerStatuses", []) if each["name"] == "service"]
    waiting = [
        each.get("state", {}).get("waiting", {}).get("reason", "")
        for each in [*status.get("initContainerStatuses", []), *serving]
    ]
    (container,) = [each for each in body["spec"]["containers"] if each["name"] == "service"]
    return Pod(
        name=body["metadata"]["name"],
        uid=body["metadata"]["uid"],
        deployment=f"{labels[NAME_LABEL]}-{labels[ROLE_LABEL]}",
        ready=conditions.get("Ready") == "True",
        restarts=sum(each["restartCount"] for each in serving),
        image=container["image"],
        node=body["spec"].get("nodeName", ""),
        leaving="deletionTimestamp" in body["metadata"],
        serving=any("running" in each.get("state", {}) for each in serving),
        trouble=next((each for each in waiting if each not in {"", "PodInitializing"}), ""),
    )


@dataclass
class Platform:
    """One run's namespace; `overlay` is the folder of its kustomization."""

    run: str
    overlay: Path
    kubectl: Kubectl = field(init=False)
    lowest: dict[str, int] = field(default_factory=dict)
    """By Deployment, the fewest ready pods since the last `look_anew`."""
    _kept: dict[str, Pod] = field(default_factory=dict)
    _gone: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kubectl = Kubectl(namespace_of(self.run))
        self.selector = f"{RUN_LABEL}={self.run},{PART_OF}=mentoring"

    async def apply(self, *more: str) -> str:
        """Everything, as docs/deploy.md says, and judged strictly."""
        words = ("apply", "--server-side", "--validate=strict", "--kustomize", str(self.overlay), *more)
        return await self.kubectl(*words, within=120)

    def use_image(self, image: str, services: Iterable[str] = SERVICES) -> None:
        """Another tag for these services, in the overlay."""
        file = self.overlay / "kustomization.yaml"
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
        changed = {f"mentoring/{name}" for name in services}
        said["images"] = [
            {"name": each["name"], **image_reference(image)} if each["name"] in changed else each
            for each in said["images"]
        ]
        file.write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")

    async def pods(self) -> list[Pod]:
        """All pods of the services, those that are leaving too."""
        found = await self.kubectl.items("pods", self.selector)
        return [pod_of(body) for body in found if ROLE_LABEL in body["metadata"]["labels"]]

    async def healthy(self, deployments: Collection[str] = DEPLOYMENTS, *, within: float = HEALTHY_WITHIN) -> float:
        """Waits until each of them is rolled out, with all its pods ready and no other; gives the seconds."""
        begun = time.monotonic()
        last: list[str] = []

        async def are() -> bool:
            last[:] = await self._unhealthy(deployments)
            return not last

        try:
            await eventually(are, within=within, every=LOOK_SECONDS)
        except AssertionError:
            raise Broken(f"not ready within {within:.0f} s: {'; '.join(last)}") from None
        return time.monotonic() - begun

    async def _unhealthy(self, deployments: Collection[str]) -> list[str]:
        found = {each["metadata"]["name"]: each for each in await self.kubectl.items("deployments", self.selector)}
        said = [f"{name} is not there" for name in deployments if name not in found]
        reasons = {name: _unfinished(found[name]) for name in deployments if name in found}
        said += [f"{name} {reason}" for name, reason in reasons.items() if reason]
        troubles = {f"{pod.name}: {pod.trouble}" for pod in await self.pods() if pod.trouble} if said else set()
        return [*said, *sorted(troubles)]

    def look_anew(self) -> None:
        """Forgets how few there were."""
        self.lowest = {}

    def fewer_than(self, least: int) -> list[str]:
        """Deployments that had fewer ready pods than that at some moment."""
        return [f"{name} had {count}" for name, count in self.lowest.items() if count < least]

    async def watch(self) -> None:
        """Looks all the while how many pods are ready, and whether those that must stay do."""
        while True:
            with contextlib.suppress(Refused):
                self.note(await self.pods())
            await asyncio.sleep(LOOK_SECONDS)

    def note(self, pods: Collection[Pod]) -> None:
        """What one look has seen."""
        ready = Counter(pod.deployment for pod in pods if pod.ready and not pod.leaving)
        for name in DEPLOYMENTS:
            self.lowest[name] = min(ready[name], self.lowest.get(name, ready[name]))
        there = {pod.uid: pod for pod in pods if pod.ready and not pod.leaving}
        for uid, before in self._kept.items():
            now = there.get(uid)
            if now is None or now.restarts != before.restarts:
                self._gone[before.name] = "is not ready any more" if now is None else "was started anew"

    @contextlib.asynccontextmanager
    async def good_pods_stay(self) -> AsyncIterator[list[Pod]]:
        """What is ready now must be so all the while: the same pods, not started anew."""
        self._kept = {pod.uid: pod for pod in await self.pods() if pod.ready and not pod.leaving}
        self._gone = {}
        try:
            yield list(self._kept.values())
            self.note(await self.pods())
            if self._gone:
                raise Broken("; ".join(f"the good pod {name} {what}" for name, what in self._gone.items()))
        finally:
            self._kept = {}


def _unfinished(deployment: Mapping[str, Any]) -> str | None:
    """Why a Deployment is not at rest."""
    wanted, status = deployment["spec"].get("replicas", 1), deployment.get("status", {})
    if deployment["metadata"]["generation"] != status.get("observedGeneration"):
        return "is not looked at yet"
    if wanted < REPLICAS:
        return f"has {wanted} replica; its scaler wants {REPLICAS}"
    counts = {name: status.get(f"{name}Replicas", 0) for name in ("updated", "ready", "available")}
    counts["all"] = status.get("replicas", 0)
    off = [f"{name} {count}" for name, count in counts.items() if count != wanted]
    return f"wants {wanted} pods: {', '.join(off)}" if off else None
