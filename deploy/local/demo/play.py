"""One company's life on a running platform, from the HR file to the report. The command and the tests call this."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local.demo.choices import Choices
from deploy.local.demo.life import Life, Told
from deploy.local.demo.observer import Observer
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet, listeners
from deploy.local.demo.report import report
from deploy.local.instance import Instance
from deploy.local.kafka_files import VERSION as KAFKA_VERSION


async def play(
    instance: Instance, people: Path, *, columns: Mapping[str, str], seed: int, say: Told, start_seconds: float = 0.0
) -> tuple[Life, dict[str, Any]]:
    """Lets the company live; gives its life and the report. `rejected.csv` is written beside the instance's data."""
    started = time.monotonic()
    places = instance.places()
    api = PlatformApi(places["services"], instance.token)
    observer = Observer(",".join(places["kafka"]), places.get("kafka_admin"))
    quiet = Quiet(api, observer, listeners())
    try:
        life = Life(api, observer, quiet, Choices(seed), say)
        await life.live(people, dict(columns))
        await asyncio.to_thread((instance.root / "rejected.csv").write_bytes, await life.rejected())
        found = report(
            life,
            pending=sum(work.get("outbox", 0) for work in (await quiet.pending()).values()),
            parked=await quiet.parked(),
            seconds={"start": start_seconds, "run": time.monotonic() - started},
            servers={"kafka": KAFKA_VERSION, "postgres": await _postgres_version(places), **_image(places)},
        )
    finally:
        await api.close()
        observer.close()
    return life, found


def _image(places: Mapping[str, Any]) -> dict[str, str]:
    image = places.get("image")
    return {"image": f"{image['name']} {image['id']}"} if image else {}


async def _postgres_version(places: Mapping[str, Any]) -> str:
    connection = await asyncpg.connect(places["postgres"]["admin"])
    version: str = await connection.fetchval("SHOW server_version")
    await connection.close()
    return version.split(maxsplit=1)[0]
