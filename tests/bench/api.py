"""Reads and accepts at a steady rate, on a platform whose offers are out."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from deploy.local.demo.company import write_company
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet
from deploy.local.instance import Instance

COORDINATOR = "coordinator"
PEOPLE = 600
READS = {
    "GET a profile": ("profiles", "/v1/people/{}"),
    "GET my offers": ("matching", "/v1/matches"),
    "GET my pairs": ("engagement", "/v1/relationships"),
    "GET my letters": ("notifications", "/v1/people/{}/letters"),
}
Ask = Callable[[], Awaitable[object]]


async def at_a_rate(rate: int, asks: Sequence[Ask]) -> dict[str, float]:
    """Milliseconds of each; begun at a steady rate whether or not the one before is answered."""
    started = time.perf_counter()

    async def one(number: int, ask: Ask) -> float:
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        began = time.perf_counter()
        await ask()
        return 1000 * (time.perf_counter() - began)

    times = sorted(await asyncio.gather(*(one(number, ask) for number, ask in enumerate(asks))))
    return {"calls": len(times), "p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)]}


async def import_file(api: PlatformApi, content: bytes) -> dict[str, Any]:
    """Sends an HR file."""
    headers = {"Content-Type": "text/csv"}
    answer = await api.send("POST", "hr", "system", "profiles", "/v1/imports", content=content, headers=headers)
    started: dict[str, Any] = answer.json()
    return started


async def offers_out(api: PlatformApi, quiet: Quiet, folder: Path) -> list[dict[str, Any]]:
    """A company whose offers are out; gives the offers."""
    write_company(folder / "people.csv", size=PEOPLE, seed=3)
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


async def reads_and_accepts(
    instance: Instance, offers: list[dict[str, Any]], rate: int, seconds: int
) -> dict[str, dict[str, float]]:
    """Each kind of call, one after the other."""
    people = [offer[side] for offer in offers for side in ("mentee_id", "mentor_id")]
    found = {}
    async with httpx.AsyncClient(timeout=30) as client:
        for what, (service, path) in READS.items():
            asked = [people[number % len(people)] for number in range(rate * seconds)]
            asks = [_ask(client, instance, "GET", person, service, path.format(person)) for person in asked]
            await at_a_rate(rate, asks[:rate])
            found[what] = await at_a_rate(rate, asks)
        accepts = [
            _ask(client, instance, "POST", offer[side], "matching", f"/v1/matches/{offer['match_id']}/accept")
            for side in ("mentee_id", "mentor_id")
            for offer in offers
        ]
        found["POST accept an offer"] = await at_a_rate(rate, accepts)
    return found


def _ask(client: httpx.AsyncClient, instance: Instance, method: str, person: str, service: str, path: str) -> Ask:
    headers = {"Authorization": f"Bearer {instance.token(person, 'participant')}"}
    url = f"{instance.places()['services'][service]}{path}"

    async def send() -> None:
        (await client.request(method, url, headers=headers)).raise_for_status()

    return send
