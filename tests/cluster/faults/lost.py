"""Pods that go: killed without a word, or asked to end before they are up."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from deploy.local.roles import SERVICES
from tests.cluster.platform import DEPLOYMENTS, Pod
from tests.cluster.problems import Broken
from tests.cluster.rows import Row
from tests.cluster.scene import Scene
from tests.waiting import eventually

ENDS_WITHIN = 15.0
"""Far below the grace of 40 s, after which the kubelet kills what did not listen."""


async def kill_pods(scene: Scene, row: Row) -> None:
    """One of each Deployment in the same moment, with no time to say goodbye."""
    pods = {pod.deployment: pod for pod in await scene.platform.pods() if pod.ready and not pod.leaving}
    names = [pod.name for pod in pods.values()]
    row.done = f"{len(names)} pods, one of each Deployment, `kubectl delete --force --grace-period=0`"
    await scene.platform.kubectl("delete", "pod", *names, "--force", "--grace-period=0", "--wait=false")
    await eventually(partial(_without, scene, set(names)), within=60)
    row.saw(f"replaced and ready in {await scene.platform.healthy():.0f} s")


async def _without(scene: Scene, names: set[str]) -> bool:
    return not names & {pod.name for pod in await scene.platform.pods()}


async def end_in_the_first_second(scene: Scene, row: Row) -> None:
    """A pod's first process ignores a signal until it has a handler for it: it must have one at once."""
    row.done = "`kubectl delete pod` for a worker's new pod, while it migrates and in the first second of serving"
    for moment in ("migrates", "serves"):
        pod = await _new_pod(scene, f"{SERVICES[2]}-worker", serving=moment == "serves")
        begun = time.monotonic()
        await scene.platform.kubectl("delete", "pod", pod.name, "--wait=false")
        await eventually(partial(_without, scene, {pod.name}), within=60)
        seconds = time.monotonic() - begun
        row.saw(f"gone {seconds:.1f} s after it was asked to, while it {moment}")
        if seconds > ENDS_WITHIN:
            raise Broken(f"it did not listen to SIGTERM while it {moment}: gone after {seconds:.0f} s only")
    await scene.platform.healthy()


async def _new_pod(scene: Scene, deployment: str, *, serving: bool) -> Pod:
    """A pod that has just begun, after an older one was sent away."""
    assert deployment in DEPLOYMENTS
    before = {pod.name for pod in await scene.platform.pods()}
    old = next(pod for pod in await scene.platform.pods() if pod.deployment == deployment and not pod.leaving)
    await scene.platform.kubectl("delete", "pod", old.name, "--wait=false")

    async def begun() -> Pod | None:
        await asyncio.sleep(0.05)
        for body in await scene.platform.kubectl.items("pods", scene.platform.selector):
            if body["metadata"]["name"] not in before and _runs(body, "service" if serving else "migrate"):
                found = {pod.name: pod for pod in await scene.platform.pods()}
                return found.get(body["metadata"]["name"])
        return None

    pod: Pod = await eventually(begun, within=120)
    return pod


def _runs(body: Mapping[str, Any], container: str) -> bool:
    status = body.get("status", {})
    states = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    return any(each["name"] == container and "running" in each.get("state", {}) for each in states)
