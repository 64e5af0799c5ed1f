"""F6, F18: the real services are restarted under a company's life, and hear all of it again afterwards."""

import asyncio

import pytest

from contracts.topics import TOPICS
from deploy.local.demo.company import write_company
from deploy.local.roles import SERVICES
from tests.faults.checker.reading import raw_topic
from tests.faults.extent import scaled
from tests.faults.rig.again import feed, shuffled
from tests.faults.rig.platform import Platform

SIZE, SEED = 50, 7
ROUNDS = scaled(3, 3, 5)


@pytest.fixture(scope="module")
async def platform(tmp_path_factory):
    """A platform whose servers end with this file."""
    folder = tmp_path_factory.mktemp("platform")
    folder.chmod(0o755)
    made = Platform(folder / "platform")
    write_company(folder / "people.csv", size=SIZE, seed=SEED)
    try:
        yield await made.start()
    finally:
        await made.stop()


@pytest.fixture(scope="module")
def people(platform):
    return platform.root.parent / "people.csv"


@pytest.mark.full
async def test_f6_a_rolling_restart_of_everything_under_load_loses_nothing(row, platform, people):
    with row("F6") as f6:
        living = asyncio.create_task(platform.live(people, seed=SEED))
        try:
            for _ in range(ROUNDS):
                await restart_all(platform, f6)
            life = await living
        finally:
            living.cancel()
        assert len(life.seen) > 500
        f6.measured |= platform.how_it_went()
        assert await platform.broken() == []
        f6.counts = await platform.counted()


async def restart_all(platform: Platform, row) -> None:
    """Each process in turn: an orderly end, a new start, ready."""
    for number in range(2):
        for name in SERVICES:
            proc = platform.procs[name][number]
            assert await proc.stop() == 0, f"{proc.name} did not end in order"
            row.inject("orderly restart of a process")
            await proc.start().ready()


@pytest.mark.full
async def test_f18_everything_heard_again_in_random_order_with_empty_inboxes_changes_nothing(row, platform, people):
    with row("F18", "all topics again, twice, in random order, into the real services with empty inboxes") as f18:
        if not platform.observer.counts:
            await platform.live(people, seed=SEED)
        before = await platform.everything_kept()
        for name in SERVICES:
            await platform.sql(f"DELETE FROM {name}.inbox")
        for topic in TOPICS:
            messages = await asyncio.to_thread(raw_topic, platform.plan.brokers, topic.name)
            await asyncio.to_thread(feed, platform.plan.brokers, shuffled(messages))
            f18.inject("records heard again", 2 * len(messages))
        await platform.quiet.wait()
        after = await platform.everything_kept()
        assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {}
