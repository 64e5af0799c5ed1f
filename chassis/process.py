"""How a process of a service lives and stops: its loops, its web server, its orderly end."""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Coroutine
from typing import Any, Literal

import asyncpg
import structlog
import uvloop

from chassis import jobs, logs, metrics, outbox, sampling, timers, told_before
from chassis.clock import TestClock
from chassis.connections import open_pool
from chassis.consumer.runtime import Consumer, quiet_libraries
from chassis.consumer.settle import Settler
from chassis.db import Database, Tx
from chassis.recall import Recaller
from chassis.reconcile import periodic
from chassis.relay import Relay
from chassis.running import Running, make_clock
from chassis.service import Service
from chassis.settings import Settings
from chassis.wake import Bells

log = structlog.get_logger()

Role = Literal["api", "worker", "all"]
SWEEP_SECONDS = 1.0
LOOK_SECONDS = 30.0
"""How long timers, jobs and hearing wait at the start for the answer whether the database went back."""
CLOCK_SECONDS = 0.2
STOP_SECONDS = 20.0


async def start(service: Service, settings: Settings) -> Running:
    """A running service without its loops yet: database, clock, bells."""
    pool = await open_pool(settings.database_address, size=settings.pool_size, name=service.name)
    bells, memory = Bells(), told_before.Memory()

    async def flush(tx: Tx) -> None:
        await timers.flush(tx)
        if memory.open:
            await told_before.recognise(tx)
        await outbox.flush(tx, source=service.name)

    database = Database(pool, flush=flush, wake=bells.ring)
    metrics.begin_at_zero(
        told=(event.event_type() for event in service.tells),
        heard=service.reactions,
        timers=(timer.kind for timer in service.timers),
        jobs=(job.name for job in service.jobs),
    )
    clock = make_clock(settings)
    if isinstance(clock, TestClock):
        # Whoever acts before would decide by real time: as without a database, nothing starts without it.
        with contextlib.suppress(asyncpg.UndefinedTableError):  # not migrated yet, so it was never turned
            await database.run(clock.refresh, read_only=True)
    return Running(service, settings, clock, database, bells, memory)


async def serve(service: Service, settings: Settings, *, role: Role, host: str, port: int) -> None:
    """Lives until SIGTERM or SIGINT, then finishes what is in hand and leaves the rest undone, never half."""
    from chassis.http.app import make_app, serve_http  # noqa: PLC0415 - the web stack is not needed by migrations

    logs.configure(service=service.name, instance=settings.instance, level=settings.log_level)
    quiet_libraries()
    end_traces = _record_traces(service, settings) if settings.otlp_endpoint else None
    running = await start(service, settings)
    stopping = _stop_signal()
    _collect_seldom()
    loops = [asyncio.create_task(loop, name=name) for name, loop in _loops(running, role).items()]
    web = asyncio.create_task(serve_http(make_app(running, role=role), host=host, port=port, stopping=stopping))
    log.info("service.started", role=role, port=port)
    await asyncio.wait([web, *loops, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    log.info("service.stopping")
    failed = await _stop([web, *loops])
    await _close(running)
    if end_traces:
        await end_traces()
    log.info("service.stopped")
    if failed:
        sys.exit(1)


def _record_traces(service: Service, settings: Settings) -> Any:
    from chassis import tracing_export  # noqa: PLC0415 - it costs memory, and most run without

    return tracing_export.start(settings, service=service.name)


def _collect_seldom() -> None:
    """Spares the garbage collector the modules, which stay, and most looks at what batches make and drop in order.

    With Python's own thresholds a fifth of a consumer's time went there.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _loops(running: Running, role: Role) -> dict[str, Any]:
    """What goes on beside the requests. Every role carries its own outbox."""
    dsn = running.settings.database_address
    recaller = Recaller(running)
    relay = Relay(running.settings, schema=running.name, dsn=dsn, bell=running.bells["relay"], before=recaller.look)
    loops: dict[str, Any] = {"relay": relay.run(), "sampling": sampling.run(running)}
    if isinstance(running.clock, TestClock):
        loops["clock"] = _follow_clock(running, running.clock)
    if role != "api":
        loops["timers"] = _once_looked(recaller, _sweep(running))
        loops |= {f"job:{job.name}": _once_looked(recaller, jobs.run(job, running)) for job in running.service.jobs}
    if role != "api" and running.service.tells and running.settings.reconcile_minutes:
        loops["reconcile"] = periodic.run(running)
    if role != "api" and running.service.hears:
        settler = Settler(running.database, running.clock, consumer=running.name, reactions=running.service.reactions)
        running.consumer = Consumer(running.settings, settler, group=running.name, topics=running.service.topics)
        loops["consumer"] = _once_looked(recaller, running.consumer.run())
    return loops


async def _once_looked(recaller: Recaller, loop: Coroutine[Any, Any, None]) -> None:
    """What was told since a backup is known before anything is done a second time."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await recaller.done.wait()
    except TimeoutError:
        log.warning("recall.late", waited_seconds=LOOK_SECONDS)
    except asyncio.CancelledError:
        loop.close()
        raise
    await loop


async def _sweep(running: Running) -> None:
    sweep = timers.Sweep(running.database, running.clock, running.service.timers)
    while True:
        try:
            fired = await sweep.fire_due()
        except Exception as error:  # noqa: BLE001 - the database is away; the next look comes soon
            log.warning("timers.interrupted", error=type(error).__name__)
            fired = 0
        if not fired:
            await running.bells["timers"].heard(timeout=SWEEP_SECONDS)


async def _follow_clock(running: Running, clock: TestClock) -> None:
    """Takes over what another process of this service has set."""
    while True:
        before = clock.now()
        try:
            await clock.refresh(running.pool)
        except Exception as error:  # noqa: BLE001 - see above
            log.debug("clock.interrupted", error=type(error).__name__)
        if clock.now() != before:
            running.bells.ring({"timers", *(job.name for job in running.service.jobs)})
        await asyncio.sleep(CLOCK_SECONDS)


def _stop_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    return stopping


async def _stop(tasks: list["asyncio.Task[Any]"]) -> bool:
    """Asks the loops to end, gives them their grace; True if one had failed by itself."""
    failed = False
    for task in tasks:
        if task.done() and task.exception():
            log.error("loop.failed", loop=task.get_name(), exc_info=task.exception())
            failed = True
        elif task is not tasks[0]:
            task.cancel()
    _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
    for task in late:
        log.warning("loop.cut_off", loop=task.get_name())
        task.cancel()
    return failed


async def _close(running: Running) -> None:
    for resource in running.resources.values():
        close = getattr(resource, "close", None) or getattr(resource, "shutdown", None)
        if close:
            answer = close()
            if asyncio.iscoroutine(answer):
                await answer
    try:
        await asyncio.wait_for(running.pool.close(), timeout=5)
    except TimeoutError:
        running.pool.terminate()


def run_forever(main: Any) -> None:
    """Runs the coroutine on uvloop."""
    uvloop.run(main)
