"""The suite can fail: with a guard taken out of the chassis, the row that watches over it turns red."""

import pytest

from tests.faults.checker import Verdict
from tests.faults.inject.mutations import FIVE
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import under_load
from tests.faults.test_api import lose_an_answer
from tests.faults.test_consumer import SHORT, kill_at, stop_in_the_middle
from tests.faults.test_replayed import hear_shuffled

SOON = 10.0
"""What is lost never settles; the mutated rows need not wait as long as the real ones."""


async def f4(ledger: Ledger, row) -> Verdict:
    await ledger.start(tellers=2, hearers=1)
    await lose_an_answer(ledger, row, "api.committing")
    await ledger.settled(within=SOON)
    return await ledger.check()


async def f3(ledger: Ledger, row) -> Verdict:
    await ledger.start(tellers=1, hearers=1)
    async with under_load(ledger):
        await kill_at(ledger, row, ["consumer.committed"] * 2)
    await ledger.settled(within=SOON)
    return await ledger.check()


async def f0(ledger: Ledger, row) -> Verdict:
    await ledger.start(tellers=3, hearers=1)
    async with under_load(ledger) as load:
        await load.answered(100)
    await ledger.settled(within=SOON)
    verdict = await ledger.check()
    if verdict.duplicates:
        verdict.broken["F0"] = [f"{verdict.duplicates} records twice on the topic although nothing happened"]
    return verdict


async def f5(ledger: Ledger, row) -> Verdict:
    await stop_in_the_middle(ledger, row)
    await ledger.settled(within=SOON)
    return await ledger.check(offsets=True)


async def f18(ledger: Ledger, row) -> Verdict:
    await hear_shuffled(ledger, row)
    return await ledger.check()


ROWS = {
    # Killed before the commit: what was told straight to Kafka cannot be taken back, and is told once more.
    "outbox-bypassed": (f4, "P1 P2", "told under several ids"),
    # Killed between the commit and the offset: the batch comes again.
    "inbox-removed": (f3, "P4", "more than one effect"),
    # Every process carries every row. First occurrences still keep their order; the needless duplicates are the harm.
    "advisory-lock-removed": (f0, "F0", "twice on the topic although nothing happened"),
    # The offsets run ahead of the work: stopped in the middle, the rest is never heard again.
    "ack-policy-default": (f5, "P10", "count as done in Kafka and had no effect"),
    # Old events come after new ones: the projection goes back.
    "sequence-guard-removed": (f18, "P5", "went back to an older state"),
}


def test_each_guard_has_a_row_that_watches_it():
    assert set(ROWS) == set(FIVE)


@pytest.mark.parametrize("mutation", FIVE)
async def test_without_this_guard_the_row_that_watches_it_turns_red(row, a_ledger, mutation):
    watch, promise, words = ROWS[mutation]
    with row(watch.__name__.upper(), mutation.replace("-", " ")) as red:
        async with a_ledger(mutation=mutation, **SHORT) as ledger:
            verdict = await watch(ledger, red)
            red.counts = verdict.counts()
            assert any(words in finding for finding in verdict.broken.get(promise, [])), verdict.findings
            red.turned_red([finding.rpartition(": ")[0] for finding in verdict.findings])
