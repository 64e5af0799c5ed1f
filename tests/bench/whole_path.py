"""From a commit in one service to the effect in another, through real Kafka and real PostgreSQL.

Run: .venv/bin/python -m tests.bench.whole_path [--events 50000] [--rate 100] [--seconds 20]
"""

import argparse
import asyncio
import secrets
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chassis import logs
from chassis.consumer import on_each_batch
from chassis.consumer.runtime import Consumer, quiet_libraries
from chassis.consumer.settle import Settler
from chassis.db import Tx
from chassis.envelope import Heard, new_id
from chassis.outbox import tell
from chassis.relay import Relay
from chassis.running import Running
from contracts.matching import MatchDeclined
from contracts.topics import MATCH
from deploy.local import identity, roles
from deploy.local.topics import create_topics
from tests.builders import a_service
from tests.harness import Databases, open_world
from tests.servers import a_kafka, a_postgres

EVENT = MatchDeclined.example()
BATCH = 500


class Effects:
    """Counts effects and remembers when each came."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.wanted = 0
        self.done = asyncio.Event()

    async def __call__(self, tx: Tx, heard: Sequence[Heard[MatchDeclined]], *, now: datetime) -> None:
        await tx.execute(
            "INSERT INTO effects SELECT * FROM unnest($1::text[], $2::bigint[])"
            " ON CONFLICT (key) DO UPDATE SET sequence = excluded.sequence WHERE effects.sequence < excluded.sequence",
            [each.key for each in heard],
            [each.sequence for each in heard],
        )
        came = time.perf_counter()
        self.at |= {each.key: came for each in heard}
        if len(self.at) >= self.wanted:
            self.done.set()


async def tell_many(running: Running, count: int) -> list[str]:
    """Tells that many events, each about a match of its own; gives the keys."""
    events = [EVENT.model_copy(update={"match_id": new_id()}) for _ in range(count)]
    async with running.database.transaction() as tx:
        await tell(tx, events, now=datetime.now(UTC))
    return [event.key for event in events]


async def drain(teller: Running, effects: Effects, loops: Any, count: int) -> float:
    """Events a second from a backlog in the outbox to effects, everything in this one process."""
    effects.wanted = count
    for _ in range(count // BATCH):
        await tell_many(teller, BATCH)
    started = time.perf_counter()
    loops()
    await effects.done.wait()
    return count / (time.perf_counter() - started)


async def latency(teller: Running, effects: Effects, rate: int, seconds: float) -> list[float]:
    """Milliseconds from before the transaction to the effect, at a steady rate."""
    told: dict[str, float] = {}
    started = time.perf_counter()
    effects.done.clear()
    effects.wanted = len(effects.at) + int(rate * seconds)
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        before = time.perf_counter()
        (key,) = await tell_many(teller, 1)
        told[key] = before
    await asyncio.wait_for(effects.done.wait(), timeout=60)
    return sorted(1000 * (effects.at[key] - before) for key, before in told.items())


async def measure(databases: Databases, brokers: str, folder: Path, arguments: argparse.Namespace) -> None:
    identity.ensure_keys(folder)
    effects = Effects()
    told = a_service(tells=(MatchDeclined,))
    heard = a_service(hears=(on_each_batch(MatchDeclined, effects),))
    names = [await asyncio.to_thread(databases.clone, told) for _ in range(2)]
    teller, hearer = [
        (await open_world(service, databases, name, folder, {"kafka_brokers": brokers})).running
        for service, name in ((told, names[0]), (heard, names[1]))
    ]
    owner = await asyncio.to_thread(databases.dsn, "notifications_owner", names[1])
    await _make_effects(owner)
    tasks: list[asyncio.Task[None]] = []

    def loops() -> None:
        dsn = databases.dsn("notifications_app", names[0])
        relay = Relay(teller.settings, schema="bench", dsn=dsn, bell=teller.bells["relay"])
        settler = Settler(hearer.database, hearer.clock, consumer="bench", reactions=heard.reactions)
        consumer = Consumer(hearer.settings, settler, group=f"bench-{new_id().hex}", topics=[MATCH.name])
        tasks.extend(asyncio.create_task(loop) for loop in (relay.run(), consumer.run()))

    print(f"drain of {arguments.events} events: {await drain(teller, effects, loops, arguments.events):8.0f} a second")
    for rate in (arguments.rate, 5 * arguments.rate):
        times = await latency(teller, effects, rate, arguments.seconds)
        p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
        print(f"commit to effect at {rate:4} a second: p50 {p50:6.1f} ms, p99 {p99:6.1f} ms, worst {times[-1]:6.1f} ms")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _make_effects(owner: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(owner)
    await connection.execute("CREATE TABLE effects (key text PRIMARY KEY, sequence bigint NOT NULL)")
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--rate", type=int, default=100, help="events a second; five times that follows")
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    quiet_libraries()
    logs.configure(service="bench", instance="bench", level="warning")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with a_postgres(folder / "postgres") as admin, a_kafka(folder / "kafka") as brokers:
            passwords = {role: secrets.token_hex(12) for role in roles.role_names()}
            roles.create_roles(admin, roles.SERVICES, passwords)
            create_topics(brokers)
            import uvloop

            uvloop.run(measure(Databases(admin, passwords), brokers, folder, arguments))


if __name__ == "__main__":
    main()
