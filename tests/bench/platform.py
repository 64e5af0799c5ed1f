"""The whole platform on this machine: start, idle memory, reads and accepts at a steady rate, a large HR file.

    .venv/bin/python -m tests.bench.platform [--rows 100000] [--rate 50] [--seconds 20]

Starts a platform of its own on free ports and stops it. The HR file counts as done when all its events are on Kafka.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from deploy.local.demo.company import write_company
from deploy.local.demo.observer import Observer
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet, listeners
from deploy.local.instance import Instance
from deploy.local.ports import Ports
from deploy.local.roles import SERVICES
from deploy.local.steps import Steps
from tests.bench.hr_file import a_file

COORDINATOR = "coordinator"


def memory_of(instance: Instance, name: str) -> int:
    """Resident megabytes of one process."""
    pid = next(info["pid"] for info in instance.processes.info() if info["name"] == name)
    return psutil.Process(pid).memory_info().rss // 1_048_576


async def at_a_rate(rate: int, asks: Sequence[Callable[[], Awaitable[object]]]) -> list[float]:
    """Milliseconds of each, sorted; begun at a steady rate whether or not the one before is answered."""
    started = time.perf_counter()

    async def one(number: int, ask: Callable[[], Awaitable[object]]) -> float:
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        began = time.perf_counter()
        await ask()
        return 1000 * (time.perf_counter() - began)

    return sorted(await asyncio.gather(*(one(number, ask) for number, ask in enumerate(asks))))


def say(what: str, times: list[float]) -> None:
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(f"{what:44} {len(times):6} calls: p50 {p50:6.1f} ms, p99 {p99:6.1f} ms")


async def a_cohort(api: PlatformApi, quiet: Quiet, folder: Path) -> list[dict[str, Any]]:
    """A company of 600 whose offers are out; gives the offers."""
    write_company(folder / "people.csv", size=600, seed=3)
    await import_file(api, (folder / "people.csv").read_bytes())
    await quiet.wait()
    body = {"name": "Bench", "starts_on": "2027-01-11"}
    program = await api.post(COORDINATOR, "coordinator", "matching", "/v1/programs", body)
    path = f"/v1/programs/{program['program_id']}/runs"
    run = await api.post(COORDINATOR, "coordinator", "matching", path)
    await quiet.wait()
    await api.post(COORDINATOR, "coordinator", "matching", f"/v1/runs/{run['run_id']}/offers")
    await quiet.wait()
    return await api.every("coordinator", COORDINATOR, "matching", "/v1/matches")


async def import_file(api: PlatformApi, content: bytes) -> dict[str, Any]:
    """Sends an HR file."""
    headers = {"Content-Type": "text/csv"}
    answer = await api.send("POST", "hr", "system", "profiles", "/v1/imports", content=content, headers=headers)
    started: dict[str, Any] = answer.json()
    return started


async def http(api: PlatformApi, quiet: Quiet, instance: Instance, rate: int, seconds: int) -> None:
    offers = await a_cohort(api, quiet, instance.root.parent)
    print(f"{len(offers)} offers are out")
    client = httpx.AsyncClient(timeout=30)
    bases = instance.places()["services"]

    def ask(method: str, person: str, service: str, path: str) -> Callable[[], Awaitable[object]]:
        headers = {"Authorization": f"Bearer {instance.token(person, 'participant')}"}
        url = f"{bases[service]}{path}"

        async def send() -> None:
            (await client.request(method, url, headers=headers)).raise_for_status()

        return send

    people = [offer[side] for offer in offers for side in ("mentee_id", "mentor_id")]
    paths = {
        "GET a profile": ("profiles", "/v1/people/{}"),
        "GET my offers": ("matching", "/v1/matches"),
        "GET my pairs": ("engagement", "/v1/relationships"),
        "GET my letters": ("notifications", "/v1/people/{}/letters"),
    }
    for what, (service, path) in paths.items():
        asks = [
            ask("GET", people[n % len(people)], service, path.format(people[n % len(people)]))
            for n in range(rate * seconds)
        ]
        await at_a_rate(rate, asks[:rate])
        say(f"{what}, {rate} a second", await at_a_rate(rate, asks))
    accepts = [
        ask("POST", offer[side], "matching", f"/v1/matches/{offer['match_id']}/accept")
        for side in ("mentee_id", "mentor_id")
        for offer in offers
    ]
    say(f"accept an offer, {rate} a second", await at_a_rate(rate, accepts))
    await quiet.wait()
    await client.aclose()


async def large_file(api: PlatformApi, instance: Instance, rows: int) -> None:
    content = b"".join(a_file(rows))
    peak = 0
    began = time.perf_counter()
    started = await import_file(api, content)
    received = time.perf_counter()
    done = 0.0
    while True:
        peak = max(peak, memory_of(instance, "profiles"))
        path = f"/v1/imports/{started['import_id']}"
        view = await api.get("hr", "system", "profiles", path, limit=1)
        if view["state"] == "done" and not done:
            done = time.perf_counter()
        work = await api.get("bench", "administrator", "profiles", "/v1/work")
        if done and not work["outbox"]:
            break
        await asyncio.sleep(0.2)
    took = time.perf_counter() - began
    print(
        f"HR file of {rows} rows: received in {received - began:.1f} s, in PostgreSQL after {done - began:.1f} s "
        f"({rows / (done - began):.0f} rows a second), all events on Kafka after {took:.1f} s "
        f"({rows / took:.0f} rows a second); profiles at most {peak} MB"
    )


async def main(arguments: argparse.Namespace, folder: Path) -> None:
    env = {"MENTORING_REQUESTS_PER_SECOND": "10000"}
    instance = Instance(folder / "platform", ports=Ports.free(), service_env=env, steps=Steps(quiet=True))
    began = time.perf_counter()
    await asyncio.to_thread(instance.start, fresh=True)
    print(f"{datetime.now(UTC):%Y-%m-%d}: from nothing to all ready: {time.perf_counter() - began:.1f} s")
    places = instance.places()
    api = PlatformApi(places["services"], instance.token)
    quiet = Quiet(api, Observer(",".join(places["kafka"])), listeners())
    try:
        await quiet.wait()
        print("idle: " + ", ".join(f"{name} {memory_of(instance, name)} MB" for name in SERVICES))
        await http(api, quiet, instance, arguments.rate, arguments.seconds)
        await large_file(api, instance, arguments.rows)
        print("after: " + ", ".join(f"{name} {memory_of(instance, name)} MB" for name in SERVICES))
    finally:
        await api.close()
        await asyncio.to_thread(instance.stop)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        asyncio.run(main(asked, Path(made)))
