"""A cohort from the request to the stored, certified result, beside the engine alone on the same people.

    .venv/bin/python -m tests.bench.matching.through_platform FOLDER PEOPLE SEED

Starts a platform of its own on free ports and stops it. The engine alone is `match_cohort`, as the service calls it.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from deploy.local.demo.company import write_company
from deploy.local.demo.observer import Observer
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet, listeners
from deploy.local.instance import Instance
from deploy.local.ports import Ports
from deploy.local.steps import Steps
from tests.bench.api import COORDINATOR, import_file
from tests.bench.matching.running import module

LOOK_SECONDS, PATIENCE_SECONDS = 0.2, 300.0
PROGRAM = {"name": "Bench", "starts_on": "2027-01-11"}


async def through(instance: Instance, file: Path) -> dict[str, Any]:
    """Imports the people and runs the cohort."""
    await asyncio.to_thread(instance.start, fresh=True)
    places = instance.places()
    api = PlatformApi(places["services"], instance.token)
    quiet = Quiet(api, Observer(",".join(places["kafka"])), listeners())
    try:
        await import_file(api, await asyncio.to_thread(file.read_bytes))
        await quiet.wait()
        program = await api.post(COORDINATOR, "coordinator", "matching", "/v1/programs", PROGRAM)
        began = time.perf_counter()
        path = f"/v1/programs/{program['program_id']}/runs"
        run = await api.post(COORDINATOR, "coordinator", "matching", path)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while run["state"] in ("queued", "running"):
                await asyncio.sleep(LOOK_SECONDS)
                run = await api.get(COORDINATOR, "coordinator", "matching", f"/v1/runs/{run['run_id']}")
        took = time.perf_counter() - began
        if run["state"] != "completed":
            raise SystemExit(f"the run is {run['state']}: {run.get('problem')}")
        return {"platform": took} | {name: run[name] for name in ("mentees", "matched", "score", "gap_ppm")}
    finally:
        await api.close()
        await asyncio.to_thread(instance.stop)


def main(folder: Path, people: int, seed: int) -> None:
    """Measures both, one after the other, and tells."""
    file = folder / "people.csv"
    write_company(file, size=people, seed=seed)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        env = {"MENTORING_REQUESTS_PER_SECOND": "10000"}
        instance = Instance(
            place / "platform", ports=Ports.free(), service_env=env, steps=Steps(quiet=True), guarded=False
        )
        found = asyncio.run(through(instance, file))
    [alone] = module("tests.bench.matching.engine_alone", file, limit=PATIENCE_SECONDS)
    if "why" in alone:
        raise SystemExit(f"the engine alone: {alone['why']}")
    if (alone["matched"], alone["score"]) != (found["matched"], found["score"]):
        raise SystemExit(f"the platform found {found} and the engine alone {alone}")
    print(json.dumps(found | {"alone": alone["seconds"]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
