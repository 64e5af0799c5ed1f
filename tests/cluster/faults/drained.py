"""A node is emptied: no Deployment loses more pods than its budget allows."""

import re
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.cluster.kubectl import Refused
from tests.cluster.platform import DEPLOYMENTS, REPLICAS
from tests.cluster.problems import Broken
from tests.cluster.rows import Row
from tests.cluster.scene import Scene

ALONE_FOR, WITH_OTHERS_WITHIN = 60, 420


async def drain(scene: Scene, row: Row) -> None:
    """`kubectl drain` of the node with most of our pods, and of our pods alone."""
    platform = scene.platform
    node, others = await _where(scene)
    row.done = "`kubectl drain` of the node with most pods" if others else "`kubectl drain` of the only node"
    before = {pod.uid for pod in await platform.pods()}
    seconds = WITH_OTHERS_WITHIN if others else ALONE_FOR
    words = ("--pod-selector", platform.selector, "--ignore-daemonsets", "--delete-emptydir-data")
    begun = time.monotonic()
    try:
        await platform.kubectl("drain", node, *words, f"--timeout={seconds}s", within=seconds + 30)
        row.saw(f"{node} was empty after {time.monotonic() - begun:.0f} s")
    except Refused as reason:
        await _refused(scene, row, others, before, str(reason))
    finally:
        await platform.kubectl("uncordon", node)
    row.saw(f"all ready {await platform.healthy():.0f} s after the node took pods again")
    if fewer := platform.fewer_than(REPLICAS - 1):
        raise Broken(f"fewer than {REPLICAS - 1} pods were ready: {', '.join(fewer)}")
    row.saw(f"never fewer than {REPLICAS - 1} of each ready")


async def _refused(scene: Scene, row: Row, others: int, before: set[str], reason: str) -> None:
    """With nowhere else to go, one pod of each leaves and waits, and the budget holds the others."""
    if others or not re.search("disruption budget|timeout|timed out", reason):
        raise Broken(f"the drain did not end: {reason}")
    stayed = Counter(
        pod.deployment for pod in await scene.platform.pods() if pod.uid in before and pod.ready and not pod.leaving
    )
    off = [f"{name} {stayed[name]}" for name in DEPLOYMENTS if stayed[name] != REPLICAS - 1]
    if off:
        raise Broken(f"one pod of each should have stayed and been ready: {', '.join(off)}")
    row.saw(
        f"with nowhere to go: one pod of each was evicted and waits, the budget held the other {stayed.total()} "
        f"for the {ALONE_FOR} s that the drain tried"
    )


async def _where(scene: Scene) -> tuple[str, int]:
    """The node with most of our pods, and how many others would take them."""
    nodes = await scene.platform.kubectl.items("nodes")
    free = {each["metadata"]["name"] for each in nodes if not each["spec"].get("unschedulable") and _takes(each)}
    ours = Counter(pod.node for pod in await scene.platform.pods() if pod.node)
    node = max(ours, key=lambda name: ours[name])
    return node, len(free - {node})


def _takes(node: Mapping[str, Any]) -> bool:
    return not any(taint["effect"] in {"NoSchedule", "NoExecute"} for taint in node["spec"].get("taints", []))
