"""What a platform uses that has nothing to do: percent of a core, process by process."""

import asyncio
from typing import Any

from deploy.local.instance import Instance
from deploy.local.roles import SERVICES
from tests.bench.arena import cpu_of
from tests.bench.contestants.place import now

SETTLE_SECONDS = 10.0
"""After a start Java compiles and PostgreSQL vacuums for a while."""
LOOK_SECONDS = 30.0


async def idle(instance: Instance) -> dict[str, Any]:
    """Percent of a core over half a minute; `services` is the sum of ours, the servers stand beside."""
    await asyncio.sleep(SETTLE_SECONDS)
    pids = {info["name"]: info["pid"] for info in instance.processes.info() if info["pid"]}
    pids |= {"supervisor": instance.processes.supervisor_pid()}
    before, began = _used(pids), now()
    await asyncio.sleep(LOOK_SECONDS)
    after, took = _used(pids), now() - began
    shares = {name: 100 * (after[name] - before[name]) / took for name in pids}
    return {"seconds": took, "services": sum(shares[name] for name in SERVICES), "each": shares}


def _used(pids: dict[str, int]) -> dict[str, float]:
    """Seconds by name. Supervisor is the parent of all others and counts by itself."""
    used = {name: cpu_of(pid) for name, pid in pids.items() if name != "supervisor"}
    return used | {"supervisor": cpu_of(pids["supervisor"], family=False)}
