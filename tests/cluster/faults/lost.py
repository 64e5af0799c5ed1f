"""Pods that go: killed without a word, or asked to end before they are up."""

import asyncio
import copy
import time
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from tests.cluster.kubectl import LOOK_SECONDS
from tests.cluster.overlay import PART_OF, RUN_LABEL
from tests.cluster.problems import Broken
from tests.cluster.rows import Row
from tests.cluster.scene import Scene
from tests.waiting import eventually

SLOW = "50m"
"""CPU of a pod that then needs half a minute to import what it is made of."""
BEGUN_SECONDS = 5.0
"""Enough for Python itself to be up, and for little more."""
ENDS_WITHIN = 15.0
"""Far below the grace of 40 s, after which the kubelet kills what did not listen."""


async def kill_pods(scene: Scene, row: Row) -> None:
    """One of each Deployment in the same moment, with no time to say goodbye."""
    pods = {pod.deployment: pod for pod in await scene.platform.pods() if pod.ready and not pod.leaving}
    names = [pod.name for pod in pods.values()]
    row.done = f"{len(names)} pods, one of each Deployment, `kubectl delete --force --grace-period=0`"
    await scene.platform.kubectl("delete", "pod", *names, "--force", "--grace-period=0", "--wait=false")
    await eventually(lambda: _gone(scene, names), within=60, every=LOOK_SECONDS)
    row.saw(f"replaced and ready in {await scene.platform.healthy():.0f} s")


async def end_while_starting(scene: Scene, row: Row) -> None:
    """A container's first process never hears a signal that it has no handler for: it must have one at once."""
    slow = f"a pod that migrates and one that serves, slow to start with {SLOW} of CPU"
    row.done = f"{slow}: `kubectl delete pod` after {BEGUN_SECONDS:.0f} s"
    deployment = await scene.platform.kubectl.json("get", "deployment", "engagement-worker")
    await scene.platform.kubectl.apply(*(slow_pod(deployment, container) for container in ("migrate", "service")))
    names = {"slow-migrate": "the one that migrates", "slow-service": "the one that serves"}
    try:
        await eventually(lambda: _run(scene, names), within=120, every=LOOK_SECONDS)
        await asyncio.sleep(BEGUN_SECONDS)
        begun = time.monotonic()
        await scene.platform.kubectl("delete", "pod", *names, "--wait=false")
        for name, which in names.items():
            await eventually(partial(_gone, scene, [name]), within=60, every=LOOK_SECONDS)
            row.saw(f"{which} was gone {time.monotonic() - begun:.1f} s after it was asked to")
        if time.monotonic() - begun > ENDS_WITHIN:
            raise Broken("a pod that is starting does not listen to SIGTERM, and sits out its grace")
    finally:
        await scene.platform.kubectl("delete", "pod", *names, "--ignore-not-found", "--force", "--grace-period=0")


def slow_pod(deployment: Mapping[str, Any], container: str) -> dict[str, Any]:
    """One container of the Deployment's pods in a pod of its own, which nobody counts as one of them."""
    template = copy.deepcopy(dict(deployment["spec"]["template"]))
    spec, labels = template["spec"], template["metadata"]["labels"]
    (kept,) = [each for each in [*spec["initContainers"], *spec["containers"]] if each["name"] == container]
    for each in ("startupProbe", "livenessProbe", "readinessProbe"):
        kept.pop(each, None)  # nobody may end it for being slow
    kept["resources"]["limits"]["cpu"] = SLOW
    names = ("serviceAccountName", "automountServiceAccountToken", "securityContext", "volumes")
    pod = {name: spec[name] for name in names} | {"containers": [kept], "restartPolicy": "Never"}
    pod["terminationGracePeriodSeconds"] = spec["terminationGracePeriodSeconds"]
    metadata = {"name": f"slow-{container}", "namespace": deployment["metadata"]["namespace"]}
    metadata["labels"] = {name: labels[name] for name in (PART_OF, RUN_LABEL)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod}


async def _there(scene: Scene) -> dict[str, Any]:
    return {each["metadata"]["name"]: each for each in await scene.platform.kubectl.items("pods")}


async def _gone(scene: Scene, names: Collection[str]) -> bool:
    return not set(names) & (await _there(scene)).keys()


async def _run(scene: Scene, names: Collection[str]) -> bool:
    """Whether the container of each runs."""
    there = await _there(scene)
    return all(there.get(name, {}).get("status", {}).get("phase") == "Running" for name in names)
