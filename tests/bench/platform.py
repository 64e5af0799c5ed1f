"""The whole platform on this machine: start, what it uses at rest, reads and accepts at a rate, a large HR file.

    .venv/bin/python -m tests.bench.platform [--rows 100000] [--rate 50] [--seconds 20]

Starts a platform of its own on free ports and stops it. The HR file counts as done when all its events are on Kafka.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from deploy.local.demo.observer import Observer
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet, listeners
from deploy.local.instance import Instance
from deploy.local.ports import Ports
from deploy.local.roles import SERVICES
from deploy.local.steps import Steps
from tests.bench import results
from tests.bench.api import import_file, offers_out, reads_and_accepts
from tests.bench.hr_file import a_file
from tests.bench.idle import idle

LOOK_SECONDS = 0.2


def memory(instance: Instance) -> dict[str, int]:
    """Resident megabytes of each service."""
    pids = {info["name"]: info["pid"] for info in instance.processes.info()}
    return {name: psutil.Process(pids[name]).memory_info().rss // 1_048_576 for name in SERVICES}


async def large_file(api: PlatformApi, instance: Instance, rows: int) -> dict[str, Any]:
    """Imports a file of that many people; seconds until received, until in PostgreSQL, until told."""
    content = b"".join(a_file(rows))
    peak = 0
    began = time.perf_counter()
    started = await import_file(api, content)
    received = time.perf_counter() - began
    done = 0.0
    while True:
        peak = max(peak, memory(instance)["profiles"])
        view = await api.get("hr", "system", "profiles", f"/v1/imports/{started['import_id']}", limit=1)
        if view["state"] == "done" and not done:
            done = time.perf_counter() - began
        if done and not (await api.get("bench", "administrator", "profiles", "/v1/work"))["outbox"]:
            told = time.perf_counter() - began
            return {"rows": rows, "received": received, "done": done, "told": told, "peak_mb": peak}
        await asyncio.sleep(LOOK_SECONDS)


async def measure(instance: Instance, rows: int, rate: int, seconds: int) -> dict[str, Any]:
    """Everything, on one platform."""
    began = time.perf_counter()
    await asyncio.to_thread(instance.start, fresh=True)
    found: dict[str, Any] = {"start_seconds": time.perf_counter() - began, "rate": rate}
    places = instance.places()
    api = PlatformApi(places["services"], instance.token)
    quiet = Quiet(api, Observer(",".join(places["kafka"])), listeners())
    try:
        await quiet.wait()
        found["memory_mb"] = memory(instance)
        found["idle"] = await idle(instance)
        offers = await offers_out(api, quiet, instance.root.parent)
        found["offers"] = len(offers)
        found["api"] = await reads_and_accepts(instance, offers, rate, seconds)
        await quiet.wait()
        found["hr_file"] = await large_file(api, instance, rows)
        found["memory_after_mb"] = memory(instance)
    finally:
        await api.close()
        await asyncio.to_thread(instance.stop)
    return found


def main(rows: int, rate: int = 50, seconds: int = 20) -> None:
    """Measures and saves."""
    on = results.surroundings()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        env = {"MENTORING_REQUESTS_PER_SECOND": "10000"}
        instance = Instance(
            folder / "platform", ports=Ports.free(), service_env=env, steps=Steps(quiet=True), guarded=False
        )
        found = asyncio.run(measure(instance, rows, rate, seconds))
    print(json.dumps(found, indent=1))
    results.save("platform", on, found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    asked = parser.parse_args()
    main(asked.rows, asked.rate, asked.seconds)
