"""What people on call see while something is wrong, and that it is gone afterwards: metrics, health, log lines."""

import httpx
import pytest

from tests.faults.rig.ledger import open_ledger
from tests.faults.rig.load import under_load
from tests.faults.rig.process import Proc
from tests.faults.rig.silence import start_again
from tests.faults.servers.kafka import one_node
from tests.waiting import eventually

SORE = "a-0003"


async def metric(proc: Proc, name: str) -> float:
    """The sum over all labels of one metric, as a scraper reads it."""
    async with httpx.AsyncClient() as client:
        lines = (await client.get(f"{proc.url}/metrics")).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.partition(" ")[0].partition("{")[0] == name)


async def ready(proc: Proc) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{proc.url}/health/ready")).status_code


@pytest.mark.full
async def test_a_broker_that_is_away_shows_in_the_outbox_and_nowhere_else(postgres, keys, folder):
    with one_node(folder / "kafka") as cluster:
        async with open_ledger(postgres, cluster.brokers, keys, folder / "l") as ledger:
            await ledger.start(tellers=1, hearers=1)
            (teller,) = ledger.tellers
            async with under_load(ledger) as load:
                await load.answered(20)
                cluster.nodes[1].kill()
                await eventually(
                    lambda: metric(teller, "mentoring_outbox_oldest_seconds"), lambda age: age > 5, within=60
                )
                assert await metric(teller, "mentoring_outbox_depth_rows") > 0
                assert await ready(teller) == 200
                await eventually(lambda: teller.says("relay.interrupted"), within=60)
                await start_again(cluster.nodes[1])
            await ledger.settled()
            await eventually(lambda: metric(teller, "mentoring_outbox_depth_rows"), lambda depth: depth == 0)


@pytest.mark.full
async def test_a_message_that_cannot_be_handled_shows_as_parked_with_its_age_and_its_place(ledger):
    await ledger.start(tellers=1, hearers=1)
    (hearer,) = ledger.hearers
    await ledger.sql(f"INSERT INTO {{hearer}}.sore VALUES ('{SORE}')")
    async with under_load(ledger, accounts=5, width=2) as load:
        await load.answered(20)
    await eventually(lambda: metric(hearer, "mentoring_parked_depth_messages"))
    await eventually(lambda: metric(hearer, "mentoring_parked_oldest_seconds"))
    assert hearer.says('"event": "event.parked"')
    assert hearer.says('"event": "event.failed"')


@pytest.mark.full
async def test_a_database_that_ends_its_sessions_shows_as_transactions_tried_again(ledger):
    await ledger.start(tellers=1, hearers=1)
    (teller,) = ledger.tellers
    async with under_load(ledger) as load:
        await load.answered(20)
        await eventually(lambda: _ended_and_seen(ledger, teller))
        await load.answered(20)
    assert await ready(teller) == 200


async def _ended_and_seen(ledger, teller: Proc) -> int:
    await ledger.cut_off(teller)
    return teller.says("transaction.retried") and teller.says("relay.interrupted")


@pytest.mark.full
async def test_a_consumer_that_is_behind_shows_how_far(ledger):
    await ledger.start(tellers=1, hearers=1)
    (hearer,) = ledger.hearers
    async with under_load(ledger) as load:
        await load.answered(20)
        hearer.freeze()
        await load.answered(200)
        hearer.wake()
        await eventually(lambda: metric(hearer, "mentoring_consumer_lag_records"), within=60)
    await ledger.settled()
    await eventually(lambda: metric(hearer, "mentoring_consumer_lag_records"), lambda behind: behind == 0)


@pytest.mark.full
async def test_a_schema_that_is_too_old_shows_as_not_ready_and_says_which_migration(ledger):
    await ledger.start(tellers=1)
    (teller,) = ledger.tellers
    await ledger.sql("DELETE FROM {teller}.schema_version WHERE revision = 'chassis_0002'")
    await eventually(lambda: ready(teller), lambda status: status == 503)
    async with httpx.AsyncClient() as client:
        assert "chassis_0002" in (await client.get(f"{teller.url}/health/ready")).text
        assert (await client.get(f"{teller.url}/health/live")).status_code == 200
