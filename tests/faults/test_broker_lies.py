"""F9, F10, F11: brokers refuse, move, lie; whatever they answer, each event arrives once, in order, and at last."""

import asyncio
import time

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from tests.faults.ledger import story
from tests.faults.rig.ledger import open_ledger
from tests.faults.rig.load import under_load
from tests.faults.rig.silence import flows_again, longest_silence
from tests.faults.servers.kafka import one_node
from tests.faults.servers.kafka_liar import a_liar
from tests.faults.servers.mock_kafka import Answer, Api, a_mock_kafka
from tests.waiting import eventually

pytestmark = pytest.mark.full

REFUSALS = (
    Answer.NOT_LEADER,
    Answer.REQUEST_TIMED_OUT,
    Answer.NOT_ENOUGH_REPLICAS,
    Answer.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    Answer.OUT_OF_ORDER_SEQUENCE,
    Answer.UNKNOWN_PRODUCER_ID,
    Answer.UNKNOWN_SERVER_ERROR,
)
HEALS_WITHIN = 10.0


async def test_f9_whatever_the_brokers_answer_each_event_arrives_in_order(row, postgres, keys, folder, scale):
    with row("F9") as f9, a_mock_kafka(3) as mock:
        making = {"make_topics": mock.create_topics}
        async with open_ledger(postgres, mock.brokers, keys, folder / "ledger", **making) as ledger:
            await ledger.start(tellers=2, hearers=1)
            topic = story.books(ledger.name).name
            async with under_load(ledger) as load:
                for turn in range(scale(1, 2)):
                    await be_refused(f9, mock, load)
                    await lose_leaders(f9, mock, topic, load, turn)
                last = time.monotonic()
            f9.recovered(await ledger.settled(since=last))
            f9.measured["producers built anew"] = sum(proc.says("relay.interrupted") for proc in ledger.tellers)
            assert f9.measured["producers built anew"], "no producer died of what the brokers answered"
            f9.judge(await ledger.check())


async def be_refused(f9, mock, load):
    """Each refusal three times, while bookings go on."""
    for refusal in REFUSALS:
        mock.answer(Api.PRODUCE, *[refusal] * 3)
        f9.inject(refusal.name, 3)
        await load.answered(20)


async def lose_leaders(f9, mock, topic, load, turn):
    """Each partition gets another leader; then each broker goes down for a moment."""
    for partition in range(story.PARTITIONS):
        mock.lead(topic, partition, 1 + (partition + turn) % mock.size)
        f9.inject("leader moved")
        await load.answered(10)
    for broker in range(1, mock.size + 1):
        mock.down(broker)
        f9.inject("broker down")
        await load.answered(40)
        mock.up(broker)


ROOM_FOR_MORE = {
    f"chassis__{place}": 5_000_000
    for place in ("outbox__MAX_BODY", "http__limits__LARGEST_BODY", "http__refusals__LARGEST_BODY")
}
"""Lets two megabytes through the API, which refuses them by itself, so that the relay meets them."""


async def test_f10_two_megabytes_are_set_aside_at_once_and_everything_else_flows(row, a_ledger):
    with row("F10", "two megabytes in the outbox") as f10:
        async with a_ledger(**ROOM_FOR_MORE) as ledger:
            await ledger.start(tellers=1, hearers=1)
            async with under_load(ledger, rolled_back=0) as load, await load.client() as client:
                await load.answered(50)
                await load.book(client, memo="x" * 2_000_000, accounts=["a-0001"])
                f10.inject("event of 2 MB")
                booked = time.monotonic()
                parked = await eventually(lambda: relay_parked(ledger), within=HEALS_WITHIN)
                f10.recovered(time.monotonic() - booked)
                await load.answered(100)
            await ledger.settled()
            assert [reason for _, reason in parked] == [parked[0][1]]
            assert "refuses its size" in parked[0][1]
            f10.measured["longest silence s"] = await longest_silence(ledger)
            f10.judge(await ledger.check())


async def test_f10_a_broker_that_takes_less_than_a_batch_refuses_only_what_is_too_large_itself(row, a_ledger):
    with row("F10", "the broker takes 30 kB at most") as f10:
        async with a_ledger() as ledger:
            await asyncio.to_thread(take_at_most, ledger.brokers, story.books(ledger.name).name, 30_000)
            await ledger.start(tellers=1, hearers=1)
            async with under_load(ledger, rate=1, rolled_back=0) as load, await load.client() as client:
                await load.book(client, accounts=[f"b-{number:04}" for number in range(600)])
                f10.inject("600 events at once, more than the broker takes in one batch")
                await load.book(client, memo="x" * 60_000, accounts=["b-0001"])
                f10.inject("event of 60 kB")
                await load.book(client, accounts=[f"b-{number:04}" for number in range(600)])
                last = time.monotonic()
            f10.recovered(await ledger.settled(since=last))
            assert len(await relay_parked(ledger)) == 1
            f10.judge(await ledger.check())


async def relay_parked(ledger):
    return await ledger.sql("SELECT event_id, reason FROM {teller}.parked")


def take_at_most(brokers: str, topic: str, size: int) -> None:
    entry = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": brokers})
    for done in admin.incremental_alter_configs([resource]).values():
        done.result(10)


@pytest.fixture
def lied_to(folder):
    """A broker behind a liar."""
    with a_liar() as liar, one_node(folder / "kafka", advertised=liar.port) as cluster:
        liar.target = ("127.0.0.1", cluster.kafkas[1].port)
        yield liar


async def test_f11_a_consumer_that_only_looks_alive_is_healed_within_ten_seconds(
    row, postgres, keys, folder, lied_to, scale
):
    with row("F11", "heartbeats answered with unknown codes") as f11:
        async with open_ledger(postgres, f"127.0.0.1:{lied_to.port}", keys, folder / "ledger") as ledger:
            await ledger.start(tellers=1, hearers=2)
            async with under_load(ledger) as load:
                for error in (Answer.STALE_BROKER_EPOCH, Answer.UNKNOWN_SERVER_ERROR) * scale(1, 2):
                    await load.answered(50)
                    healed = sum(proc.says("consumer.restarted") for proc in ledger.hearers)
                    lied_to.lie(Api.HEARTBEAT, error)
                    await eventually(lambda: lied_to.lies_left == 0)
                    began = time.monotonic()
                    f11.inject(f"heartbeat: {error.name}")
                    await eventually(lambda n=healed: sum(p.says("consumer.restarted") for p in ledger.hearers) > n)
                    await flows_again(ledger)
                    f11.recovered(time.monotonic() - began)
            await ledger.settled()
            f11.measured["longest silence s"] = await longest_silence(ledger)
            f11.judge(await ledger.check())
            assert f11.recovery <= HEALS_WITHIN


async def test_f11_a_failed_offset_commit_leads_to_no_second_effect(row, postgres, keys, folder, lied_to, scale):
    with row("F11", "offsets cannot be committed or fetched") as f11:
        async with open_ledger(postgres, f"127.0.0.1:{lied_to.port}", keys, folder / "ledger") as ledger:
            await ledger.start(tellers=1, hearers=1)
            async with under_load(ledger) as load:
                for error in (Answer.STALE_BROKER_EPOCH, Answer.UNKNOWN_SERVER_ERROR, Answer.REQUEST_TIMED_OUT):
                    await load.answered(50)
                    times = scale(3, 10)
                    lied_to.lie(Api.OFFSET_COMMIT, error, times)
                    await eventually(lambda: lied_to.lies_left == 0, within=60)
                    f11.inject(f"offset commit: {error.name}", times)
                    began = time.monotonic()
                    ledger.hearers[0].kill()
                    lied_to.lie(Api.OFFSET_FETCH, error)
                    ledger.hearers[0].start()
                    f11.inject(f"offset fetch: {error.name}")
                    await eventually(lambda: lied_to.lies_left == 0, within=60)
                    await flows_again(ledger)
                    f11.recovered(time.monotonic() - began)
            await ledger.settled()
            f11.judge(await ledger.check())
