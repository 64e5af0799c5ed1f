"""F16: transactions get in each other's way, and connections run out: a booking is kept once, or its caller told."""

import asyncio
import time
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest

from tests.faults.rig.load import under_load
from tests.faults.rig.silence import note_answers
from tests.waiting import eventually

pytestmark = pytest.mark.full

ANSWERED_WITHIN = 12.0
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@asynccontextmanager
async def another_session(ledger):
    """An open transaction of somebody else, for holding locks."""
    connection = await asyncpg.connect(ledger.admin)
    # It must not be the one that is chosen to give way.
    await connection.execute("SET deadlock_timeout = '1min'")
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


async def lock(session, ledger, account):
    await session.execute(f"SELECT FROM {ledger.teller}.accounts WHERE account_id = $1 FOR UPDATE", account)


async def waits(ledger, count=1):
    """So many transactions wait for a lock."""
    await eventually(lambda: counted(ledger, _WAITING), lambda found: found >= count)


async def counted(ledger, query) -> int:
    ((count,),) = await ledger.sql(query)
    return int(count)


async def test_f16_a_booking_that_is_chosen_in_a_deadlock_is_done_again_as_a_whole(row, ledger, scale):
    with row("F16", "deadlocks") as f16:
        await ledger.start(tellers=1, hearers=1)
        async with under_load(ledger, rate=10) as load, await load.client() as client:
            await load.book(client, accounts=["x-1", "x-2"])
            for _ in range(scale(2, 8)):
                async with another_session(ledger) as session:
                    await lock(session, ledger, "x-2")
                    booking = asyncio.create_task(load.book(client, accounts=["x-1", "x-2"]))
                    await waits(ledger)
                    await lock(session, ledger, "x-1")
                await booking
                f16.inject("deadlock")
        retried = ledger.tellers[0].says("DeadlockDetectedError")
        assert retried >= sum(f16.injected.values()), f"only {retried} deadlocks came to pass"
        await ledger.settled()
        f16.judge(await ledger.check())


async def test_f16_serialization_failures_are_tried_again_until_they_succeed_or_are_said(row, ledger, scale):
    with row("F16", "serialization failures") as f16:
        await ledger.sql("ALTER ROLE {teller}_app SET default_transaction_isolation = 'repeatable read'")
        await ledger.start(tellers=2, hearers=1)
        async with under_load(ledger, accounts=4, width=2, rate=80) as load:
            await load.answered(scale(300, 600))
        f16.inject("serialization failure", sum(proc.says("SerializationError") for proc in ledger.tellers))
        assert sum(f16.injected.values()), "nothing failed: the accounts were not hot enough"
        note_answers(f16, load)
        await ledger.settled()
        f16.judge(await ledger.check())


async def test_f16_a_lock_that_is_held_too_long_is_waited_for_in_vain_and_then_said(row, ledger):
    with row("F16", "lock timeouts") as f16:
        await ledger.sql("ALTER ROLE {teller}_app SET lock_timeout = '300ms'")
        await ledger.start(tellers=1, hearers=1)
        async with under_load(ledger, rate=20) as load, await load.client() as client:
            await load.book(client, accounts=["x-1"])
            async with another_session(ledger) as session:
                await lock(session, ledger, "x-1")
                await assert_told_to_come_back(f16, ledger, client, accounts=["x-1"])
                booking = asyncio.create_task(load.book(client, accounts=["x-1"]))
                await waits(ledger)
            await booking
        f16.inject("lock timeout", ledger.tellers[0].says("LockNotAvailableError"))
        await ledger.settled()
        f16.judge(await ledger.check())


async def test_f16_when_connections_run_out_people_are_told_when_to_come_back(row, ledger):
    with row("F16", "an exhausted pool") as f16:
        ledger.add_teller(MENTORING_POOL_SIZE="2")
        await ledger.start(tellers=0, hearers=1)
        async with under_load(ledger, rate=5) as load, await load.client() as client:
            await load.book(client, accounts=["x-1", "x-2"])
            async with another_session(ledger) as session:
                await lock(session, ledger, "x-1")
                stuck = [asyncio.create_task(load.book(client, accounts=["x-1"])) for _ in range(2)]
                await waits(ledger, 2)
                f16.inject("connection held", 2)
                await assert_told_to_come_back(f16, ledger, client, accounts=["x-2"])
            freed = time.monotonic()
            await asyncio.gather(*stuck)
            await load.book(client, accounts=["x-2"])
            f16.recovered(time.monotonic() - freed)
        await ledger.settled()
        f16.judge(await ledger.check())


async def assert_told_to_come_back(f16, ledger, client: httpx.AsyncClient, *, accounts):
    """A 503 that says when, soon enough for somebody who waits for it."""
    body = {"request": f"refused {accounts}", "accounts": accounts, "amount": 1}
    asked = time.monotonic()
    answer = await client.post(f"{ledger.tellers[0].url}/v1/bookings", json=body, timeout=240)
    f16.measured["503 after s"] = round(time.monotonic() - asked, 1)
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
    assert int(answer.headers["Retry-After"]) >= 1
    assert f16.measured["503 after s"] <= ANSWERED_WITHIN
