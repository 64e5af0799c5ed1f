"""kubectl, asked from a program: what it says is text or JSON, what it refuses is a sentence."""

import asyncio
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.problems import CannotRun

PATIENCE = 60.0
LOOK_SECONDS = 0.5
"""Between looks: each is a process, and a question to an API server that others need, too."""
Body = Mapping[str, Any]


class Refused(Exception):
    """kubectl ended with an error; the message is what it said."""


@dataclass(frozen=True)
class Kubectl:
    """Speaks to the cluster that KUBECONFIG names, about one namespace."""

    namespace: str = "default"

    async def __call__(self, *words: str, stdin: str = "", within: float = PATIENCE) -> str:
        """What kubectl prints; `Refused` with what it says if it fails or takes too long."""
        process = await asyncio.create_subprocess_exec(
            "kubectl",
            "--namespace",
            self.namespace,
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(within):
                out, error = await process.communicate(stdin.encode())
        except TimeoutError:
            raise Refused(f"`kubectl {words[0]}` did not end within {within:.0f} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise Refused((error or out).decode(errors="replace").strip()[-1500:])
        return out.decode(errors="replace")

    async def json(self, *words: str, within: float = PATIENCE) -> Any:
        """The same, as JSON."""
        return json.loads(await self(*words, "--output", "json", within=within))

    async def items(self, kind: str, selector: str = "") -> list[Any]:
        """All resources of a kind in the namespace, or those with these labels."""
        return list((await self.json("get", kind, "--selector", selector))["items"])

    async def apply(self, *resources: Body) -> str:
        """Resources as they are, judged strictly by the API server."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": resources})
        return await self("apply", "--server-side", "--validate=strict", "--filename", "-", stdin=text)


async def reach_cluster(environment: Mapping[str, str] = os.environ) -> str:
    """The cluster's version; a sentence that says what is missing if there is none to speak to."""
    said = environment.get("KUBECONFIG", "")
    if not said:
        raise CannotRun(
            "KUBECONFIG is not set. Name the file of a cluster that may be disturbed (its pods are killed, a node is "
            "drained), for example: KUBECONFIG=~/.kube/kind make k8s-e2e IMAGE=…"
        )
    _refuse_missing_file(said.split(os.pathsep))
    if not shutil.which("kubectl"):
        raise CannotRun("kubectl is not on PATH. Install kubectl 1.30 or newer: https://kubernetes.io/docs/tasks/tools")
    try:
        return str((await Kubectl().json("version", within=15))["serverVersion"]["gitVersion"])
    except (Refused, KeyError) as reason:
        raise CannotRun(f"The cluster of KUBECONFIG={said} does not answer: {reason}") from reason


def _refuse_missing_file(paths: Sequence[str]) -> None:
    if not any(Path(path).expanduser().is_file() for path in paths):
        raise CannotRun(f"KUBECONFIG names {paths[0]}, and there is no such file. Start the cluster first.")
