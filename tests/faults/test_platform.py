"""F6, F18: the four real services are restarted under a company's life, and hear all of it again afterwards."""

import asyncio

import pytest

from contracts.topics import TOPICS
from deploy.local.demo.company import write_company
from deploy.local.roles import SERVICES
from tests.faults.checker import compare
from tests.faults.checker.reading import raw_topic
from tests.faults.rig.again import feed, shuffled
from tests.faults.rig.platform import Platform

SIZE, SEED, ROUNDS = 50, 7, 5
SAYS_AGAIN = {"429", "503"}
"""Statuses by which a service asks its clients to come again; any other above 499 is a failure."""


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
        failed = {said: count for said, count in platform.transport.seen.items() if said >= "500" and said.isdigit()}
        assert not failed.keys() - SAYS_AGAIN, failed
        f6.measured |= how_it_went(platform)
        assert await platform.broken_stories() == []
        assert await platform.broken_letters() == []
        assert await platform.quiet.parked() == 0
        f6.counts = await counted(platform)


async def restart_all(platform: Platform, row) -> None:
    """Each process in turn: an orderly end, a new start, ready."""
    for number in range(2):
        for name in SERVICES:
            proc = platform.procs[name][number]
            assert await proc.stop() == 0, f"{proc.name} did not end in order"
            row.inject("orderly restart of a process")
            await proc.start().ready()


def how_it_went(platform: Platform) -> dict[str, int]:
    """Answers, and requests that had to be sent again, by why."""
    seen = platform.transport.seen
    again = {said: count for said, count in seen.items() if said in SAYS_AGAIN or not said.isdigit()}
    return {"answers": sum(seen.values()) - sum(again.values()), **again}


async def counted(platform: Platform) -> dict[str, int]:
    """What the table says of a whole platform."""
    ((committed,),) = await platform.sql("SELECT count(DISTINCT event_id) FROM audit.told")
    records = [record for topic in TOPICS for record in await platform.records(topic.name)]
    on_topic = len({record.id for record in records})
    return {"committed": committed, "duplicates": compare.duplicates(records), "lost": committed - on_topic}


@pytest.mark.full
async def test_f18_everything_heard_again_in_random_order_with_empty_inboxes_changes_nothing(row, platform, people):
    with row("F18", "all topics again, twice, in random order, into the four real services with empty inboxes") as f18:
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
