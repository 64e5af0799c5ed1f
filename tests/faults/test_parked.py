"""F22, P7: a message that cannot be handled holds up its own key only, and comes back in order amid new ones."""

import asyncio
import os
import sys

from deploy.local.children import REPOSITORY
from tests.faults.checker.compare import effects_out_of_order
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import under_load
from tests.waiting import eventually

SORE = "a-0007"


async def test_f22_parked_messages_come_back_in_order_while_new_ones_of_their_key_arrive(row, ledger, scale):
    with row("F22") as f22:
        await ledger.start(tellers=1, hearers=1)
        for _ in range(scale(2, 6)):
            async with under_load(ledger, accounts=20, rolled_back=0) as load:
                await ledger.sql(f"INSERT INTO {{hearer}}.sore VALUES ('{SORE}')")
                await eventually(lambda: parked(ledger), lambda count: count >= 10)
                f22.inject("parked messages", await parked(ledger))
                await ledger.sql("DELETE FROM {hearer}.sore")
                await eventually(lambda: replayed_all(ledger, f22))
                await load.answered(50)
            f22.recovered(await ledger.settled())
        facts = await ledger.facts()
        assert effects_out_of_order(facts.effects) == []
        f22.judge(await ledger.check())
        assert not await parked(ledger)


async def parked(ledger: Ledger) -> int:
    """How many messages are parked now."""
    ((count,),) = await ledger.sql("SELECT count(*) FROM {hearer}.parked WHERE state = 'parked'")
    return int(count)


async def replayed_all(ledger: Ledger, row) -> bool:
    """Replays the story with the command that a person would use; True once nothing of it is left."""
    first = await ledger.sql("SELECT min(id) FROM {hearer}.parked WHERE state = 'parked'")
    if first[0][0] is None:
        return True
    words = ("parked", "replay", str(first[0][0]), "--by", "Ada")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.ledger.hearer",
        *words,
        cwd=REPOSITORY,
        env={**os.environ, **ledger.env("hearer")},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    row.inject("replays")
    return not await parked(ledger)
