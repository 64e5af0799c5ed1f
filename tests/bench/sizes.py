"""What a company of a size takes on disk: PostgreSQL by schema, Kafka by topic, the write-ahead log; and connections.

    .venv/bin/python -m tests.bench.sizes --people 10000

Starts a platform of its own on free ports, lets one HR file in and stops. docs/sizing.md rests on it.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local.demo.observer import Observer
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet, listeners
from deploy.local.instance import Instance
from deploy.local.plan import Own, Plan
from deploy.local.ports import Ports
from deploy.local.roles import SERVICES
from deploy.local.steps import Steps
from tests.bench.api import import_file
from tests.bench.hr_file import a_file
from tests.bench.platform import memory

SMALL = 100_000
"""Bytes; what is below is left out."""
_TABLES = """
SELECT schemaname || '.' || relname AS name, pg_total_relation_size(relid) AS bytes, n_live_tup AS rows
FROM pg_stat_user_tables WHERE schemaname = ANY($1::text[]) AND pg_total_relation_size(relid) > $2 ORDER BY 2 DESC
"""


def by_topic(kafka: Path) -> dict[str, int]:
    """Bytes of the records of each topic, all partitions together."""
    topics: Counter[str] = Counter()
    for file in kafka.rglob("*.log"):
        topics[file.parent.name.rpartition("-")[0]] += file.stat().st_size
    return {name: size for name, size in topics.items() if size > SMALL}


async def look(dsn: str, kafka: Path) -> dict[str, Any]:
    """Bytes by table and by topic, and what is open."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(_TABLES, list(SERVICES), SMALL)
        wal = await connection.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")
        opened = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = ANY($1::text[])",
            [f"{name}_app" for name in SERVICES],
        )
    finally:
        await connection.close()
    return {
        "tables": {row["name"]: [row["bytes"], row["rows"]] for row in tables},
        "schemas": {
            name: sum(row["bytes"] for row in tables if row["name"].startswith(f"{name}.")) for name in SERVICES
        },
        "topics": await asyncio.to_thread(by_topic, kafka),
        "wal": int(wal),
        "connections": opened,
    }


async def measure(instance: Instance, plan: Plan, people: int) -> dict[str, Any]:
    """From an empty platform to one that has taken the file in, everywhere."""
    await asyncio.to_thread(instance.start, fresh=True)
    places = instance.places()
    api = PlatformApi(places["services"], instance.token)
    quiet = Quiet(api, Observer(",".join(places["kafka"])), listeners())
    try:
        await quiet.wait()
        before = await look(plan.dsn("admin"), plan.kafka.data)
        began = time.perf_counter()
        await import_file(api, b"".join(a_file(people)))
        await quiet.wait()
        found = await look(plan.dsn("admin"), plan.kafka.data)
        found["wal"] -= before["wal"]
        return {"people": people, "seconds": time.perf_counter() - began, "memory_mb": memory(instance), **found}
    finally:
        await api.close()
        await asyncio.to_thread(instance.stop)


def main(people: int) -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        root, ports, env = folder / "platform", Ports.free(), {"MENTORING_REQUESTS_PER_SECOND": "10000"}
        instance = Instance(root, ports=ports, own=Own(), service_env=env, steps=Steps(quiet=True), guarded=False)
        plan = Plan(root.resolve(), ports, Own(), service_env=env, guarded=False)
        print(json.dumps(asyncio.run(measure(instance, plan, people)), indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=10_000)
    main(parser.parse_args().people)
