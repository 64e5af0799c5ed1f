"""A pod of ours beside the platform: tries what pods need, and lets this machine call services it cannot reach."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import stamina

from deploy.local.children import free_port
from deploy.local.roles import SERVICES
from tests.cluster.kubectl import LOOK_SECONDS, Kubectl, Refused
from tests.cluster.overlay import RUN_LABEL, Addresses, namespace_of
from tests.cluster.problems import CannotRun
from tests.waiting import eventually

NAME = "caller"
FIRST_PORT = 8001
NO_IMAGE = {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"}
LOCKED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
NOBODY = {
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "runAsGroup": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}
TRY = """
import socket, sys
for place in sys.argv[1:]:
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError as reason:
        print(f"{place}: {reason}")
"""


def caller_namespace(run: str) -> str:
    """Not the platform's: requests come from a namespace that is let in by its label, like a gateway's."""
    return f"{namespace_of(run)}-caller"


def resources(run: str, images: Sequence[str]) -> list[dict[str, Any]]:
    """The namespace and the pod. It runs the first image; that the others can be had, too, is tried before."""
    labels = {RUN_LABEL: run, "mentoring/calls-api": "true", "pod-security.kubernetes.io/enforce": "restricted"}
    routes = {FIRST_PORT + place: f"{name}.{namespace_of(run)}:80" for place, name in enumerate(SERVICES)}
    small = {"requests": {"cpu": "50m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}}
    tried = [
        {
            "name": f"image-{place}",
            "image": image,
            "command": ["python", "-c", "pass"],
            "securityContext": LOCKED,
            "resources": small,
        }
        for place, image in enumerate(images)
    ]
    relay = {
        "name": "relay",
        "image": images[0],
        "command": ["python", "-u", "-c", Path(__file__).with_name("relay.py").read_text(encoding="utf-8")],
        "env": [{"name": "ROUTES", "value": json.dumps(routes)}],
        "securityContext": LOCKED,
        "resources": small,
    }
    spec = {
        "automountServiceAccountToken": False,
        "securityContext": NOBODY,
        "terminationGracePeriodSeconds": 0,
        "initContainers": tried,
        "containers": [relay],
    }
    namespace = caller_namespace(run)
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}},
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": NAME, "namespace": namespace, "labels": {RUN_LABEL: run}},
            "spec": spec,
        },
    ]


def without_image(pod: Mapping[str, Any]) -> str | None:
    """Which image the cluster cannot get, and what it says; None while it may still come."""
    status = pod.get("status", {})
    for each in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        waiting = each.get("state", {}).get("waiting", {})
        if waiting.get("reason") in NO_IMAGE:
            return f"{each['image']}: {waiting.get('message') or waiting['reason']}"
    return None


@dataclass
class Caller:
    """The pod, and the way from here to the services."""

    run: str
    kubectl: Kubectl = field(init=False)

    def __post_init__(self) -> None:
        self.kubectl = Kubectl(caller_namespace(self.run))

    async def start(self, images: Sequence[str]) -> None:
        """Until it runs; a sentence if the cluster cannot get an image or refuses the pod."""
        try:
            namespace, pod = resources(self.run, images)
            await self.kubectl.apply(namespace)
            await eventually(self._has_account, within=30, every=LOOK_SECONDS)
            await self.kubectl.apply(pod)
            await eventually(self._runs, within=180, every=LOOK_SECONDS)
        except Refused as reason:
            raise CannotRun(f"A pod cannot be made in the cluster: {reason}") from reason
        except AssertionError:
            pod = await self.kubectl.json("get", "pod", NAME)  # its account is there, or kubectl says so
            raise CannotRun(f"A first pod did not start within three minutes: {_conditions(pod)}") from None

    async def _has_account(self) -> bool:
        """A new namespace gets its default account a moment later, and no pod may come before."""
        return any(each["metadata"]["name"] == "default" for each in await self.kubectl.items("serviceaccounts"))

    async def _runs(self) -> bool:
        pod = await self.kubectl.json("get", "pod", NAME)
        if missing := without_image(pod):
            raise CannotRun(
                f"The cluster cannot get the image {missing}. Push it to a registry that it can pull from, "
                "or load it into the nodes (`kind load docker-image …`, `k3d image import …`)."
            )
        return bool(pod["status"].get("phase") == "Running")

    async def try_servers(self, at: Addresses) -> None:
        """Whether pods reach this machine's servers; a sentence if not."""
        places = {f"{at.host}:{port}": what for what, port in at.ports.items()}
        said = await self.kubectl("exec", NAME, "--container", "relay", "--", "python", "-c", TRY, *places)
        if unreached := [f"{places[line.partition(': ')[0]]} at {line}" for line in said.splitlines() if line]:
            raise CannotRun(
                f"Pods cannot reach this machine: {'; '.join(unreached)}. Say an address that they can reach with "
                "HOST=, and let it through the firewall."
            )

    @contextlib.asynccontextmanager
    async def way(self, platform: Kubectl, *, through_pod: bool) -> AsyncIterator[tuple[str, dict[str, str]]]:
        """How requests go, and the address of each service: its own, or through this pod."""
        services = {each["metadata"]["name"]: each["spec"]["clusterIP"] for each in await platform.items("services")}
        direct = {name: f"http://{services[name]}" for name in SERVICES}
        if not through_pod and await _answer(direct):
            yield "straight to the Services", direct
            return
        ports = {name: free_port() for name in SERVICES}
        forwarding = asyncio.create_task(self._forward(ports))
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        try:
            await eventually(lambda: _answer(urls), within=30)
            yield "by kubectl port-forward through a pod that calls the Services", urls
        finally:
            forwarding.cancel()
            await asyncio.gather(forwarding, return_exceptions=True)

    async def _forward(self, ports: Mapping[str, int]) -> None:
        """kubectl gives up when a connection ends hard; it is started again, for as long as anybody needs it."""
        pairs = [f"{ports[name]}:{FIRST_PORT + place}" for place, name in enumerate(SERVICES)]
        again = {"wait_initial": 0.2, "wait_max": 0.2, "wait_jitter": 0.0}
        async for attempt in stamina.retry_context(on=Refused, attempts=None, timeout=None, **again):
            with attempt:
                await self.kubectl("port-forward", f"pod/{NAME}", *pairs, within=86_400)


async def _answer(urls: Mapping[str, str]) -> bool:
    async with httpx.AsyncClient(timeout=3) as client:
        asked = (client.get(f"{url}/health/ready") for url in urls.values())
        answers = await asyncio.gather(*asked, return_exceptions=True)
    return all(isinstance(answer, httpx.Response) and answer.is_success for answer in answers)


def _conditions(pod: Mapping[str, Any]) -> str:
    said = [each.get("message") for each in pod.get("status", {}).get("conditions", []) if each.get("message")]
    return "; ".join(dict.fromkeys(said)) or str(pod.get("status", {}).get("phase"))
