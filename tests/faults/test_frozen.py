"""F7: who stands still longer than its session and wakes up repeats at most; nothing goes back or is done twice."""

import asyncio
import time

import pytest

from tests.faults.extent import scaled
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import under_load
from tests.waiting import eventually

QUICK_SESSION = {"SESSION_MS": 6_000, "HEARTBEAT_MS": 1_500}
"""Kafka's own lower bound; the full run keeps the chassis' 10 seconds."""


def session(short: bool) -> dict[str, int]:
    """The constants of the consumer, shortened in the subset."""
    return {f"chassis__consumer__runtime__{name}": value for name, value in QUICK_SESSION.items()} if short else {}


async def test_f7_a_frozen_carrier_that_wakes_up_sends_old_rows_again_and_harms_nothing(row, ledger, scale):
    with row("F7", "a relay stands still between reading and sending, others take over, it wakes up") as f7:
        await ledger.start(tellers=2, hearers=1)
        for number in range(scale(1, 3, 5)):
            f7.recovered(await freeze_a_carrier(ledger, f7, passage=2 + 3 * number))
        f7.judge(await ledger.check())


@pytest.mark.full
async def test_f7_a_carrier_that_stands_still_gives_its_buckets_away_without_anybodys_help(row, a_ledger, scale):
    with row("F7", "a relay stands still, and PostgreSQL alone notices") as f7:
        async with a_ledger(**scale({"chassis__relay__STANDS_STILL_SECONDS": 6}, {})) as ledger:
            await ledger.start(tellers=2, hearers=1)
            begun = time.monotonic()
            f7.recovered(await freeze_a_carrier(ledger, f7, passage=2, cut_off=False))
            f7.measured["seconds in all"] = round(time.monotonic() - begun, 1)
            f7.judge(await ledger.check())


async def freeze_a_carrier(ledger: Ledger, row, *, passage: int, cut_off: bool = True) -> float | None:
    """Freezes a relay with rows in hand, lets the server end its sessions, and wakes it when others are done."""
    frozen, other = ledger.tellers
    await frozen.stop()
    async with under_load(ledger, rate=20, timeout=2) as load:
        frozen.start(AT=f"relay.sending:{passage}", DO="freeze")
        await load.answered(20)
        other.kill()  # its buckets are free now, so the first has work
        await frozen.frozen()
        row.inject("SIGSTOP at relay.sending")
        await other.start().ready()
        assert not cut_off or await ledger.cut_off(frozen)
        await load.answered(20)
        await eventually(lambda: waiting_long(ledger), lambda count: not count, within=120)
        frozen.wake()
        last = time.monotonic()
        await load.answered(20)
    return await ledger.settled(since=last)


async def waiting_long(ledger: Ledger) -> int:
    """How many events wait in the outbox although others would have had time to carry them."""
    ((count,),) = await ledger.sql(
        "SELECT count(*) FROM {teller}.outbox WHERE written_at < clock_timestamp() - interval '1 s'"
    )
    return int(count)


@pytest.mark.parametrize("point", [pytest.param("consumer.received", marks=pytest.mark.full), "offset.committing"])
async def test_f7_a_frozen_consumer_that_wakes_up_after_its_session_does_nothing_twice(row, a_ledger, scale, point):
    with row("F7", f"a consumer stands still at {point} until another has its partitions") as f7:
        async with a_ledger(**scale(session(True), session(False))) as ledger:
            f7.recovered(await freeze_a_consumer(ledger, f7, point))
            f7.judge(await ledger.check(offsets=True))


@pytest.mark.full
@pytest.mark.parametrize("point", scaled((), ("consumer.inside",), ("consumer.inside", "consumer.committing")))
async def test_f7_a_consumer_frozen_inside_its_transaction_holds_up_its_partitions_for_a_minute_at_most(
    row, a_ledger, point
):
    # Its locks are freed by idle_in_transaction_session_timeout (60 s, deploy/local/roles.py).
    with row("F7", f"a consumer stands still at {point}, holding its locks") as f7:
        async with a_ledger() as ledger:
            f7.recovered(await freeze_a_consumer(ledger, f7, point))
            f7.judge(await ledger.check(offsets=True))


async def freeze_a_consumer(ledger: Ledger, row, point: str) -> float | None:
    """Freezes one of two hearers under load and wakes it when the other has taken up everything."""
    await ledger.start(tellers=1, hearers=1)
    frozen = ledger.add_hearer()
    async with under_load(ledger, rate=20) as load:
        frozen.start(AT=f"{point}:2", DO="freeze")
        await frozen.frozen()
        row.inject(f"SIGSTOP at {point}")
        begun = time.monotonic()
        await load.answered(100)
    taken_over = await ledger.settled(since=begun, within=150)
    assert taken_over is not None, f"the other one did not take over: {await ledger.pending()} events wait"
    row.measured["seconds until another had done its work"] = round(taken_over, 1)
    async with under_load(ledger, rate=20) as load:
        frozen.wake()
        last = time.monotonic()
        await asyncio.gather(load.answered(40), frozen.ready())
    return await ledger.settled(since=last)
