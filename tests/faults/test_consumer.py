"""F3, F5: a consumer that dies anywhere, or must stop in the middle, leaves each effect done once or not at all."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load, under_load
from tests.faults.rig.process import Proc
from tests.waiting import eventually

POINTS = (
    "consumer.received",
    "consumer.inside",
    "consumer.committing",
    "consumer.committed",
    "offset.committing",
    "offset.committed",
)
SHORT = {"chassis__consumer__runtime__GRACE_SECONDS": 2, "chassis__process__STOP_SECONDS": 4}
"""The grace of a stop, shortened; the full run waits the real one."""


async def test_f3_a_consumer_killed_at_any_point_has_each_effect_once(row, ledger, scale):
    with row("F3") as f3:
        await ledger.start(tellers=1, hearers=2)
        async with under_load(ledger):
            last = await kill_at(ledger, f3, POINTS * scale(3, 5, 7))
        f3.recovered(await ledger.settled(since=last))
        f3.judge(await ledger.check(offsets=True))


async def kill_at(ledger: Ledger, row, points) -> float:
    """Lets the hearers die at these points, each at its own pace; gives the moment after the last."""
    left = iter(points)

    async def one(hearer: Proc, passages) -> None:
        for point in left:
            hearer.kill()
            hearer.start(AT=f"{point}:{next(passages)}")
            await hearer.ended()
            row.inject(f"SIGKILL at {point}")
        hearer.start()

    await asyncio.gather(*(one(hearer, itertools.cycle((1, 2, 4))) for hearer in ledger.hearers))
    return time.monotonic()


@asynccontextmanager
async def held(ledger: Ledger, account: str):
    """Nobody can change this account's balance meanwhile: whoever handles its events has to wait."""
    connection = await asyncpg.connect(ledger.admin)
    try:
        async with connection.transaction():
            await connection.execute(f"SELECT FROM {ledger.hearer}.balances WHERE account_id = $1 FOR UPDATE", account)
            yield
    finally:
        await connection.close()


async def waiting(ledger: Ledger) -> int:
    """How many of the hearer's sessions wait for a lock."""
    ((count,),) = await ledger.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock'", f"{ledger.hearer}_app"
    )
    return int(count)


async def book_into_a_held_account(ledger: Ledger, load: Load) -> None:
    """Bookings of an account that nobody can take up, in one batch with those of others."""
    async with await load.client() as client:
        for number in range(20):
            await load.book(client, accounts=["held", f"other-{number}"])


@asynccontextmanager
async def a_handler_that_waits(ledger: Ledger) -> AsyncIterator[Any]:
    """A hearer whose handler is in the middle of a batch, until the end of the block."""
    await ledger.start(tellers=1, hearers=1)
    load, (hearer,) = Load(ledger), ledger.hearers
    async with await load.client() as client:
        await load.book(client, accounts=["held"])
    await ledger.settled()
    async with held(ledger, "held"):
        await book_into_a_held_account(ledger, load)
        await eventually(lambda: waiting(ledger))
        yield hearer


async def test_f5_a_stop_in_the_middle_of_a_handler_leaves_it_undone_and_calls_nothing_done(row, a_ledger, scale):
    with row("F5", "SIGTERM while a handler outlasts the grace") as f5:
        async with a_ledger(**scale(SHORT, {})) as ledger:
            await stop_in_the_middle(ledger, f5)
            f5.recovered(await ledger.settled())
            f5.judge(await ledger.check(offsets=True))


async def stop_in_the_middle(ledger: Ledger, row) -> None:
    """SIGTERM while the handler waits and goes on waiting; what then counts as done is judged after a new start."""
    async with a_handler_that_waits(ledger) as hearer:
        begun = time.monotonic()
        await hearer.stop()
        row.inject("SIGTERM")
        row.measured["seconds to stop"] = round(time.monotonic() - begun, 1)
    await hearer.start().ready()


async def test_f5_a_handler_that_ends_within_the_grace_is_finished_and_counted(row, a_ledger):
    with row("F5", "SIGTERM, and the handler ends within the grace") as f5:
        async with a_ledger() as ledger:
            async with a_handler_that_waits(ledger) as hearer:
                stopping = asyncio.create_task(hearer.stop())
                await eventually(lambda: hearer.says("service.stopping"))
            f5.inject("SIGTERM")
            assert await stopping == 0
            verdict = await ledger.check(offsets=True)
            assert "P10" not in verdict.broken
            await hearer.start().ready()
            f5.recovered(await ledger.settled())
            f5.judge(await ledger.check(offsets=True))
