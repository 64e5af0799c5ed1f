"""What is measured of one contestant, once. Each run starts its own processes on empty tables and an empty topic.

Rates count from the first to the last event seen, so that no start-up is in them; CPU is taken at the same instants.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psutil

from deploy.local import identity
from tests.bench.arena import Arena, Field, Used
from tests.bench.contestants.place import BATCH, now
from tests.bench.crew import Worker, crew
from tests.bench.load import Connection, a_body

Numbers = dict[str, Any]
LOOK_SECONDS = 0.005
WARM_EVENTS, WARM_SECONDS = 40, 1.0


def per_event(before: Used, after: Used, count: int) -> Numbers:
    """Microseconds of CPU by group, and bytes, for each event."""
    cpu = {name: 1e6 * (used - before.cpu[name]) / count for name, used in after.cpu.items()}
    return {
        "cpu_us": cpu | {"all": sum(cpu.values())},
        "wal_bytes": (after.wal_bytes - before.wal_bytes) / count,
        "topic_bytes": (after.topic_bytes - before.topic_bytes) / count,
    }


@contextlib.asynccontextmanager
async def _playing(field: Field, processes: int = 1) -> AsyncIterator[tuple[list[Worker], list[Worker]]]:
    """Tellers and hearers that have got an event through already."""
    places = [field.place(role, number) for role in ("send", "hear") for number in range(processes)]
    async with crew(*places) as workers:
        tellers, hearers = workers[:processes], workers[processes:]
        for teller in tellers:
            await teller.ask("tell_at", rate=WARM_EVENTS, seconds=WARM_SECONDS)
        await _all_heard(hearers, WARM_EVENTS * processes)
        yield tellers, hearers


async def _all_heard(hearers: list[Worker], count: int) -> float:
    """Waits until they have heard that many together; gives the instant of the last effect."""
    if len(hearers) == 1:
        return float((await hearers[0].ask("heard", count=count))["at"])
    while True:
        answers = [await hearer.ask("heard_so_far") for hearer in hearers]
        if sum(answer["count"] for answer in answers) >= count:
            return max(answer["at"] for answer in answers)
        await asyncio.sleep(LOOK_SECONDS)


async def whole_path(
    arena: Arena, contestant: str, *, count: int, per_transaction: int, writers: int, processes: int = 1, **fresh: int
) -> Numbers:
    """From the first transaction to the last effect, everything at work at once."""
    field = await arena.fresh(contestant, **fresh)
    async with _playing(field, processes) as (tellers, hearers):
        before = await _used(arena, send=tellers, hear=hearers)
        share = {"count": count // processes, "per_transaction": per_transaction, "writers": writers}
        told = await asyncio.gather(*(teller.ask("tell", **share) for teller in tellers))
        total = share["count"] * processes
        last = await _all_heard(hearers, WARM_EVENTS * processes + total)
        after = await _used(arena, send=tellers, hear=hearers)
        began = min(answer["began"] for answer in told)
        return {"per_second": total / (last - began), **per_event(before, after, total)}


async def latency(
    arena: Arena, contestant: str, *, rate: int, seconds: float, processes: int = 1, **fresh: int
) -> Numbers:
    """Milliseconds from the return of the commit to the return of the commit of the effect, at a steady rate."""
    field = await arena.fresh(contestant, **fresh)
    async with _playing(field, processes) as (tellers, hearers):
        before = await _used(arena, send=tellers, hear=hearers)
        told: dict[str, float] = {}
        for answer in await asyncio.gather(
            *(teller.ask("tell_at", rate=rate // processes, seconds=seconds) for teller in tellers)
        ):
            told |= answer
        await _all_heard(hearers, WARM_EVENTS * processes + len(told))
        after = await _used(arena, send=tellers, hear=hearers)
        came: dict[str, float] = {}
        for hearer in hearers:
            came |= await hearer.ask("instants")
        times = sorted(1000 * (came[key] - at) for key, at in told.items())
        points = {name: times[int(len(times) * share)] for name, share in (("p50", 0.5), ("p99", 0.99))}
        return {**points, "worst": times[-1], **per_event(before, after, len(told))}


async def transaction(arena: Arena, contestant: str, *, count: int, per_transaction: int, writers: int) -> Numbers:
    """State and events saved; nothing is carried meanwhile (FastStream as documented publishes here)."""
    field = await arena.fresh(contestant)
    async with crew(field.place("tell")) as [teller]:
        await teller.ask("tell", count=writers, per_transaction=1, writers=writers)  # opens the connections
        before = await _used(arena, tell=[teller])
        told = await teller.ask("tell", count=count, per_transaction=per_transaction, writers=writers)
        after = await _used(arena, tell=[teller])
        return {"per_second": count / (told["ended"] - told["began"]), **per_event(before, after, count)}


async def relay(arena: Arena, contestant: str, *, count: int, **fresh: int) -> Numbers:
    """From a full outbox to the topic; for the bare producer from memory."""
    field = await arena.fresh(contestant, **fresh)
    if contestant != "bare_producer":
        async with crew(field.place("tell")) as [teller]:
            await teller.ask("tell", count=count, per_transaction=BATCH, writers=1)
    async with field.ends() as on_topic, crew(field.place("relay", count=count)) as [carrier]:
        began, done = await _grown_to(on_topic, 1)
        before = await _used(arena, relay=[carrier])
        ended, done_at_end = await _grown_to(on_topic, count)
        after = await _used(arena, relay=[carrier])
        carried = done_at_end - done
        return {"per_second": carried / (ended - began), **per_event(before, after, carried)}


async def consumer(arena: Arena, contestant: str, *, count: int, **fresh: int) -> Numbers:
    """From a full topic to the effects."""
    field = await arena.fresh(contestant, **fresh)
    async with crew(field.place("send")) as [sender], field.ends() as on_topic:
        await sender.ask("tell", count=count, per_transaction=BATCH, writers=1)
        await _grown_to(on_topic, count)
    async with crew(field.place("hear")) as [hearer]:
        first = await hearer.ask("heard", count=1)
        before = await _used(arena, hear=[hearer])
        seen = await hearer.ask("heard_so_far")
        last = await hearer.ask("heard", count=count)
        after = await _used(arena, hear=[hearer])
        handled = last["count"] - seen["count"]
        return {
            "per_second": (last["count"] - first["count"]) / (last["at"] - first["at"]),
            **per_event(before, after, handled),
        }


async def _grown_to(on_topic: Any, count: int) -> tuple[float, int]:
    while True:
        found = await on_topic()
        if found >= count:
            return now(), found
        await asyncio.sleep(LOOK_SECONDS)


async def _used(arena: Arena, **groups: list[Worker]) -> Used:
    """What the servers and these groups of processes have used."""
    names = {f"{name} {number}": worker.pid for name, group in groups.items() for number, worker in enumerate(group)}
    used = await arena.used(**names)
    cpu: dict[str, float] = {}
    for name, seconds in used.cpu.items():
        group = name.partition(" ")[0]
        cpu[group] = cpu.get(group, 0.0) + seconds
    return Used(cpu, used.wal_bytes, used.topic_bytes)


async def http(arena: Arena, contestant: str, *, count: int, clients: int) -> Numbers:
    """`POST`, one transaction and one event each, over connections that stay open."""
    field = await arena.fresh(contestant)
    place = field.place("web")
    ours = contestant == "ours"
    token = identity.issue(arena.folder / "identity", "p-0007", ["participant"]) if ours else None
    async with crew(place) as [server]:
        connections = [Connection(place.port, token) for _ in range(clients)]
        for connection in connections:
            await connection.open()
            await connection.post(a_body(whole=not ours))
        before, began = await _used(arena, web=[server]), now()

        async def ask(connection: Connection) -> list[float]:
            return [await connection.post(a_body(whole=not ours)) for _ in range(count // clients)]

        times = sorted(1000 * each for some in await asyncio.gather(*map(ask, connections)) for each in some)
        took = now() - began
        after = await _used(arena, web=[server])
        for connection in connections:
            connection.close()
        points = {"p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)]}
        return {"per_second": len(times) / took, **points, **per_event(before, after, len(times))}


async def drain(arena: Arena, contestant: str, *, count: int, **fresh: int) -> Numbers:
    """A backlog in the outbox through relay and consumer, each in its process, to the last effect.

    The relay's process is warm and then frozen while the backlog grows.
    """
    field = await arena.fresh(contestant, **fresh)
    async with _playing(field) as ([sender], [hearer]):
        psutil.Process(sender.pid).suspend()
        async with crew(field.place("tell")) as [teller]:
            await teller.ask("tell", count=count, per_transaction=BATCH, writers=1)
        before = await _used(arena, send=[sender], hear=[hearer])
        began = now()
        psutil.Process(sender.pid).resume()
        last = await hearer.ask("heard", count=WARM_EVENTS + count)
        after = await _used(arena, send=[sender], hear=[hearer])
        return {
            "per_second": count / (last["at"] - began),
            "memory_mb": {"send": sender.memory(), "hear": hearer.memory()},
            **per_event(before, after, count),
        }
