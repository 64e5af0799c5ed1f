"""All services are killed in the same moment, again and again, while a company lives through its program."""

import asyncio

import pytest

from deploy.local.demo.company import write_company
from tests.faults.rig.supervised import Supervised

SIZE, SEED = 30, 7
DAYS = (2, 8, 15, 30, 45)


@pytest.mark.full
async def test_all_services_killed_at_once_come_back_without_a_hand_and_nothing_is_lost(row, folder):
    with row("ALL") as everything:
        write_company(folder / "people.csv", size=SIZE, seed=SEED)
        platform = Supervised(folder / "platform")
        watching: list[asyncio.Task[None]] = []

        def kill(day: int) -> None:
            if day in DAYS:
                everything.inject("SIGKILL of all")
                watching.append(asyncio.create_task(platform.ready_again(platform.kill_all_services())))

        try:
            await platform.start()
            report = await platform.live_through(folder / "people.csv", seed=SEED, each_day=kill)
            await asyncio.gather(*watching)
            everything.recovered(max(platform.recoveries))
            everything.measured |= {
                "ready again after s": platform.recoveries,
                "relationships": report["relationships"],
            }
            assert len(watching) == len(DAYS)
            assert await platform.broken_stories() == []
            assert await platform.broken_letters() == []
            assert report["outbox_pending"] == report["parked"] == 0
            everything.counts = await platform.counted()
        finally:
            await platform.stop()
