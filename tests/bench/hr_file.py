"""An HR file from the API into PostgreSQL with all its events in the outbox: rows a second and memory.

    python -m tests.bench.hr_file [--rows 100000] [--changed 0.1]

Imports a synthetic file three times: all new, unchanged, and with a share of changed rows. The relay to Kafka
is not part of it; `make up` and the same file measure that end to end.
"""

import argparse
import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from deploy.local import identity, roles
from services.profiles.__main__ import SERVICE
from tests.harness import Databases, World, open_world
from tests.servers import a_postgres

HEAD = (
    "person_id,name,email,time_zone,languages,manager_id,team,function,location,country,level,working_hours,roles,"
    "mentor_seats,skills,wants,goals,path,style,avoid,joined_on,left_on\n"
)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo", "Asia/Tokyo")
SKILLS = ("python", "sql", "leadership", "negotiation", "kubernetes", "writing", "design", "finance")


def a_line(number: int, salt: int) -> str:
    """One plausible person."""
    skill, other, want = (SKILLS[(number * step + salt) % len(SKILLS)] for step in (1, 3, 5))
    skills = f"{skill}:{number % 5 + 1}:teach" + (
        f";{other}:{(number + salt) % 5 + 1}:verified" if skill != other else ""
    )
    manager = f"p-{number // 8}" if number else ""
    role = "mentor" if number % 3 else "mentee"
    return (
        f"p-{number},Person {number},person.{number}@corp.example,{ZONES[number % 5]},en;de,{manager},"
        f"team-{number // 8},engineering,Hamburg,DE,{number % 15 + 1},Mon-Fri 09:00-17:00,{role},1,{skills},{want}:3,"
        f'"Lead a team, and learn {want} well",staff engineer,pace:{number % 5 + 1};structure:2,,2024-03-01,\n'
    )


def a_file(rows: int, *, changed: float = 0.0) -> Iterator[bytes]:
    """The file in parts, as a client would stream it."""
    yield HEAD.encode()
    for start in range(0, rows, 500):
        salts = (int((number % 1000) / 1000 < changed) for number in range(start, min(start + 500, rows)))
        yield "".join(a_line(start + place, salt) for place, salt in enumerate(salts)).encode()


def memory() -> int:
    """Resident megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_048_576


async def measure(world: World, what: str, rows: int, changed: float) -> None:
    """Imports one file and prints what it took."""

    async def body() -> AsyncIterator[bytes]:
        for part in a_file(rows, changed=changed):
            yield part

    client = world.client("system")
    client.timeout = 600
    began, cpu = time.perf_counter(), time.process_time()
    answer = await client.post("/v1/imports", content=body(), headers={"Content-Type": "text/csv"})
    received = time.perf_counter()
    peak = memory()
    [job] = world.service.jobs
    while await job.work(world.running):
        peak = max(peak, memory())
    took = time.perf_counter() - began
    report = (await client.get(f"/v1/imports/{answer.json()['import_id']}")).json()
    told = await world.pool.fetchval("SELECT count(*) FROM outbox")
    await world.forget_told()
    print(
        f"{what:10} {rows} rows in {took:6.1f} s (received in {received - began:.1f}) = {rows / took:7.0f} rows/s, "
        f"cpu {time.process_time() - cpu:.1f} s, peak {peak} MB; added {report['added']}, changed {report['changed']}, "
        f"unchanged {report['unchanged']}, refused {report['refused']}, told {told}"
    )


async def main(rows: int, changed: float, folder: Path, admin: str) -> None:
    """All three imports, on one fresh database."""
    passwords = {role: secrets.token_hex(12) for role in roles.role_names()}
    await asyncio.to_thread(roles.create_roles, admin, roles.SERVICES, passwords)
    identity.ensure_keys(folder)
    databases = Databases(admin, passwords)
    name = await asyncio.to_thread(databases.clone, SERVICE)
    world = await open_world(SERVICE, databases, name, folder, {})
    print(f"before: {memory()} MB")
    await measure(world, "new", rows, 0.0)
    await measure(world, "unchanged", rows, 0.0)
    await measure(world, "changed", rows, changed)
    await world.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--changed", type=float, default=0.1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, a_postgres(Path(made)) as server:
        asyncio.run(main(asked.rows, asked.changed, Path(made), server))
