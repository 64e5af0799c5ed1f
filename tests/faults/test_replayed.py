"""F18: a topic that is heard again, whole and in any order, changes nothing."""

import asyncio
from typing import Any

from tests.faults.checker.reading import raw_topic
from tests.faults.ledger import story
from tests.faults.rig.again import begin_at_the_end, feed, shuffled
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import under_load
from tests.waiting import eventually


async def test_f18_stories_in_random_order_end_in_their_newest_state_with_each_effect_once(row, ledger):
    with row("F18", "a whole topic, each story in random order, each record twice") as f18:
        await hear_shuffled(ledger, f18)
        f18.judge(await ledger.check(offsets=True))


async def test_f18_a_whole_topic_heard_again_in_random_order_changes_nothing(row, ledger, scale):
    with row("F18", "the same topic again, in random order") as f18:
        await ledger.start(tellers=1, hearers=1)
        async with under_load(ledger) as load:
            await load.answered(scale(100, 500))
        await ledger.settled()
        before = await kept(ledger)
        messages = await asyncio.to_thread(raw_topic, ledger.brokers, story.books(ledger.name).name)
        await asyncio.to_thread(feed, ledger.brokers, shuffled(messages))
        f18.inject("records heard again", 2 * len(messages))
        await eventually(ledger.caught_up)
        assert await kept(ledger) == before
        f18.judge(await ledger.check(offsets=True))


async def kept(ledger: Ledger) -> list[list[Any]]:
    """Everything that the hearer keeps and has told."""
    return [
        await ledger.sql("SELECT * FROM {hearer}.effects ORDER BY place"),
        await ledger.sql("SELECT * FROM {hearer}.balances ORDER BY account_id"),
        await ledger.sql("SELECT event_id FROM audit.told ORDER BY place"),
    ]


async def hear_shuffled(ledger: Ledger, row) -> None:
    """Lets a hearer begin with the records of a topic in random order, each of them twice."""
    await ledger.start(tellers=1, hearers=0)
    async with under_load(ledger) as load:
        await load.answered(60)
    await eventually(lambda: ledger.sql("SELECT FROM {teller}.outbox"), lambda rows: not rows)
    books = story.books(ledger.name).name
    messages = await asyncio.to_thread(raw_topic, ledger.brokers, books)
    for partition, end in (await asyncio.to_thread(begin_at_the_end, ledger.brokers, ledger.hearer, books)).items():
        await ledger.sql("INSERT INTO {hearer}.positions VALUES ('heard', $1, $2, $3)", books, partition, end)
    await asyncio.to_thread(feed, ledger.brokers, shuffled(messages))
    row.inject("records in random order", 2 * len(messages))
    await ledger.add_hearer().start().ready()
    await eventually(ledger.caught_up)
    await ledger.settled()
