"""The node's agent stands still for a minute: what runs goes on, and afterwards all is as before."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.cluster.kubectl import LOOK_SECONDS, Kubectl
from tests.cluster.problems import Broken
from tests.cluster.rows import NotRun, Row
from tests.cluster.scene import Options, Scene
from tests.waiting import eventually

STOPPED_FOR = 60.0


async def stop_kubelet(scene: Scene, row: Row) -> None:
    """Only where the command line says how."""
    options = scene.options
    if not (options.kubelet_pid or (options.kubelet_stop and options.kubelet_start)):
        raise NotRun(
            "say how: KUBELET_PID=file with its process id on this machine, or KUBELET_STOP= and KUBELET_START="
        )
    row.done = f"{'SIGSTOP' if options.kubelet_pid else options.kubelet_stop} for {STOPPED_FOR:.0f} s"
    before = {pod.uid: pod.restarts for pod in await scene.platform.pods()}
    begun = time.monotonic()
    async with _stopped(options):
        lost = await _until_noticed(STOPPED_FOR)
        row.saw(f"the node counted as lost after {lost:.0f} s" if lost else "the node never counted as lost")
        await asyncio.sleep(max(0.0, begun + STOPPED_FOR - time.monotonic()))
    back = time.monotonic()
    await eventually(_all_nodes_ready, within=120, every=LOOK_SECONDS)
    await scene.platform.healthy()
    row.saw(f"all ready {time.monotonic() - back:.0f} s after it went on")
    after = {pod.uid: pod.restarts for pod in await scene.platform.pods()}
    row.saw("the same pods, none started anew" if after == before else "pods were replaced or started anew")
    if not scene.straight:
        row.saw("requests go through the kubelet here, so what they met meanwhile says nothing of the platform")
        scene.load.tally.failed.clear()


async def _until_noticed(within: float) -> float:
    """Seconds until a node is no longer ready; 0 if that does not happen in time."""
    begun = time.monotonic()

    async def found() -> str:
        if not await _all_nodes_ready():
            return "lost"
        return "not lost" if time.monotonic() - begun > within else ""

    lost = await eventually(found, within=2 * within, every=LOOK_SECONDS) == "lost"
    return time.monotonic() - begun if lost else 0.0


async def _all_nodes_ready() -> bool:
    return all(_is_ready(node) for node in await Kubectl().items("nodes"))


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = {each["type"]: each["status"] for each in node["status"]["conditions"]}
    return conditions.get("Ready") == "True"


@contextlib.asynccontextmanager
async def _stopped(options: Options) -> AsyncIterator[None]:
    if options.kubelet_pid:
        pid = _pid(options.kubelet_pid)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)
        return
    await _shell(options.kubelet_stop)
    try:
        yield
    finally:
        await _shell(options.kubelet_start)


def _pid(file: str) -> int:
    try:
        return int(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as reason:
        raise Broken(f"KUBELET_PID={file} does not hold a process id: {reason}") from reason


async def _shell(command: str) -> None:
    process = await asyncio.create_subprocess_shell(command)
    if await process.wait():
        raise Broken(f"`{command}` failed with exit code {process.returncode}")
