"""Three replicas find an empty schema at the same moment: one migrates, the others wait and find nothing left."""

import asyncio
import copy
import time
from collections.abc import Mapping
from typing import Any

import asyncpg

from deploy.local.roles import SERVICES, with_database
from tests.cluster.kubectl import LOOK_SECONDS
from tests.cluster.overlay import Addresses
from tests.cluster.problems import Broken
from tests.cluster.rows import Row
from tests.cluster.scene import Scene
from tests.waiting import eventually

DATABASE = "mentoring_empty"
AT_ONCE = 3
DONE_WITHIN = 240.0


async def migrate_an_empty_schema(scene: Scene, row: Row) -> None:
    """A Job for each service, of the pods' own container that migrates, three pods at a time."""
    row.done = f"a database without tables; for each service {AT_ONCE} pods that run its `migrate` at once"
    at = await asyncio.to_thread(scene.servers.an_empty_database, DATABASE)
    found = {each["metadata"]["name"]: each for each in await scene.platform.kubectl.items("deployments")}
    begun = time.monotonic()
    await scene.platform.kubectl.apply(*(job(found[f"{name}-api"], name, at) for name in SERVICES))
    try:
        await eventually(lambda: _all_done(scene), within=DONE_WITHIN, every=LOOK_SECONDS)
        row.saw(f"{AT_ONCE * len(SERVICES)} pods ended well in {time.monotonic() - begun:.0f} s")
        for name in SERVICES:
            await _one_did_it(scene, name)
        row.saw("of each service one applied every revision, the others found nothing to do")
        row.saw(await _revisions(scene))
    finally:
        jobs = [f"job/{_job_name(name)}" for name in SERVICES]
        await scene.platform.kubectl("delete", *jobs, "--ignore-not-found", "--cascade=foreground", within=120)


def _job_name(service: str) -> str:
    return f"migrate-{service}"


def job(deployment: Mapping[str, Any], service: str, at: Addresses) -> dict[str, Any]:
    """The Deployment's first container alone, on the other database, three times."""
    template = copy.deepcopy(dict(deployment["spec"]["template"]))
    pod = template["spec"]
    (migrate,) = [each for each in pod.pop("initContainers") if each["name"] == "migrate"]
    # A variable of the container's own comes before those of its ConfigMaps.
    migrate["env"] = [{"name": "POSTGRES_ADDRESS", "value": at.postgres_address}, *migrate["env"]]
    labels = template["metadata"]["labels"]
    kept = {name: value for name, value in labels.items() if name.endswith(("/part-of", "/run"))}
    # Spread and probes are a server's; a Job's pods end.
    pod = {
        name: pod[name] for name in ("serviceAccountName", "automountServiceAccountToken", "securityContext", "volumes")
    }
    pod |= {"containers": [migrate], "restartPolicy": "Never"}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": _job_name(service), "namespace": deployment["metadata"]["namespace"]},
        "spec": {
            "parallelism": AT_ONCE,
            "completions": AT_ONCE,
            "backoffLimit": 0,
            "template": {"metadata": {"labels": {**kept, "app": _job_name(service)}}, "spec": pod},
        },
    }


async def _all_done(scene: Scene) -> bool:
    jobs = {each["metadata"]["name"]: each.get("status", {}) for each in await scene.platform.kubectl.items("jobs")}
    for name in SERVICES:
        status = jobs.get(_job_name(name), {})
        if status.get("failed"):
            said = await scene.platform.kubectl("logs", f"job/{_job_name(name)}", "--tail", "5")
            raise Broken(f"a pod that migrates {name} failed: {said.strip()[-300:]}")
    return all(jobs.get(_job_name(name), {}).get("succeeded") == AT_ONCE for name in SERVICES)


async def _one_did_it(scene: Scene, service: str) -> None:
    """By what each of the three says at its end."""
    pods = await scene.platform.kubectl.items("pods", f"app={_job_name(service)}")
    said = [await scene.platform.kubectl("logs", pod["metadata"]["name"]) for pod in pods]
    applied = [text for text in said if ": applied " in text]
    idle = [text for text in said if ": up to date" in text]
    if (len(applied), len(idle)) != (1, AT_ONCE - 1):
        raise Broken(f"of {AT_ONCE} pods that migrate {service}, {len(applied)} applied and {len(idle)} found nothing")


async def _revisions(scene: Scene) -> str:
    """The tables of both databases came about the same way."""
    admin = scene.servers.admin
    lived, empty = await _applied(admin), await _applied(with_database(admin, DATABASE))
    if lived != empty:
        raise Broken(f"revisions differ from those of the platform that runs: {lived ^ empty}")
    return f"{len(empty)} revisions, the same as in the database that serves"


async def _applied(dsn: str) -> set[tuple[str, str]]:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return {
            (name, row["revision"])
            for name in SERVICES
            for row in await connection.fetch(f"SELECT revision FROM {name}.schema_version")
        }
    finally:
        await connection.close()
