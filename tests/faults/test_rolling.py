"""P11: the release before and the code as it is run side by side, forward and back, while a company lives."""

import asyncio
from collections.abc import Sequence

import pytest

from deploy.local.children import REPOSITORY
from deploy.local.demo.company import write_company
from deploy.local.roles import SERVICES
from tests.faults.rig.platform import Platform
from tests.faults.rig.process import Proc
from tests.faults.rig.release import check_out_newest, run_migration
from tests.waiting import eventually

SIZE, SEED = 60, 11
MORE = 150
"""Events that must be told while old and new run side by side, before the next step."""


@pytest.mark.full
async def test_p11_a_release_is_rolled_out_and_back_under_load_and_nobody_notices(row, folder):
    with row("P11") as p11:
        before = await asyncio.to_thread(check_out_newest, folder / "before")
        write_company(folder / "people.csv", size=SIZE, seed=SEED)
        platform = Platform(folder / "platform", home=before.home, replicas=1)
        try:
            await platform.start()
            living = asyncio.create_task(platform.live(folder / "people.csv", seed=SEED))
            await flows(platform, living)
            for name in SERVICES:
                await run_migration(REPOSITORY, name, platform.plan.env(name, owner=True))
            p11.inject("migrated forward under the old code")
            new = await join(platform, REPOSITORY)
            p11.inject(f"new code beside {before.version}")
            await flows(platform, living)
            await leave(platform, {name: platform.procs[name][0] for name in SERVICES})
            p11.inject("old code gone")
            await flows(platform, living)
            await join(platform, before.home)
            p11.inject("old code back on the new schema")
            await flows(platform, living)
            await leave(platform, new)
            p11.inject("new code gone")
            await living
            assert await platform.broken() == []
            p11.measured |= platform.how_it_went()
            p11.counts = await platform.counted()
        finally:
            await platform.stop()


async def flows(platform: Platform, living: "asyncio.Task[object]") -> None:
    """Waits until some more has been told, or the company's life is over."""
    until = platform.observer.counts.total() + MORE
    await eventually(lambda: living.done() or platform.observer.counts.total() >= until, within=180)


async def join(platform: Platform, home) -> dict[str, Proc]:
    """One more process of each service, with that code; gives them once they are ready."""
    joined = {name: platform.add(name, home) for name in SERVICES}
    await asyncio.gather(*(proc.start().ready() for proc in joined.values()))
    return joined


async def leave(platform: Platform, procs: dict[str, Proc]) -> None:
    """Each ends in order; clients find the others."""
    ended: Sequence[int] = await asyncio.gather(*(proc.stop() for proc in procs.values()))
    assert set(ended) == {0}
    for name, proc in procs.items():
        platform.procs[name].remove(proc)
