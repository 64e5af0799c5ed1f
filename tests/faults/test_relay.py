"""F0, F1: what was committed gets to Kafka, nothing else does, and each story keeps its order."""

import asyncio
import random
import time

from tests.faults.rig.load import Load, under_load
from tests.faults.rig.process import Proc
from tests.waiting import eventually

POINTS = ("relay.sending", "relay.acknowledged", "relay.deleted")


async def test_f0_without_any_fault_everything_happens_exactly_once(row, ledger, scale):
    with row("F0") as f0:
        await ledger.start(tellers=3, hearers=2)
        async with under_load(ledger) as load:
            await load.answered(scale(200, 1000))
        f0.recovered(await ledger.settled())
        verdict = await ledger.check()
        f0.judge(verdict)
        assert verdict.duplicates == 0, f"{verdict.duplicates} records twice on the topic although nothing happened"


async def test_f1_a_relay_killed_at_random_loses_nothing_and_keeps_each_story_in_order(row, ledger, scale):
    with row("F1") as f1:
        await ledger.start(tellers=3, hearers=1)
        kills = scale(18, 40)
        async with under_load(ledger) as load:
            await asyncio.gather(*(keep_killing(proc, f1, kills, load) for proc in ledger.tellers))
        last = time.monotonic()
        f1.recovered(await ledger.settled(since=last))
        f1.judge(await ledger.check())


async def keep_killing(proc: Proc, row, kills: int, load: Load) -> None:
    """Kills it and starts it again, at a point of the relay's work or, if it does not come by there, anywhere.

    Not before somebody was answered: on a busy machine nobody would ever be.
    """
    proc.kill()
    while sum(row.injected.values()) < kills:
        point = random.choice(POINTS)
        proc.start(AT=f"{point}:{random.randint(1, 15)}")
        await eventually(lambda: not proc.alive or proc.says('"http.listening"') == proc.starts)
        answered = load.sent["answered"]
        await eventually(lambda: not proc.alive or load.sent["answered"] > answered, within=60)  # noqa: B023 - asked at once
        try:
            await proc.ended(within=random.uniform(0.5, 2))
            row.inject(f"SIGKILL at {point}")
        except AssertionError:
            proc.kill()
            row.inject("SIGKILL at random")
    await proc.start().ready()
