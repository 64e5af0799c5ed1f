"""F8, F12: brokers and members of a group die; people notice nothing, and what they did is heard once and in order."""

import asyncio
import random
import time
from contextlib import contextmanager

import pytest

from tests.faults.rig.ledger import open_ledger
from tests.faults.rig.load import under_load
from tests.faults.rig.silence import flows_again, longest_silence, note_answers, start_again
from tests.faults.servers.kafka import one_node, three_nodes
from tests.faults.servers.proxy import a_proxy


async def test_f8_the_only_broker_is_killed_and_people_notice_nothing(row, postgres, keys, folder, scale):
    with row("F8", "the only broker is killed and started") as f8, one_node(folder / "kafka") as cluster:
        async with open_ledger(postgres, cluster.brokers, keys, folder / "ledger") as ledger:
            await ledger.start(tellers=2, hearers=2)
            for _ in range(scale(1, 2)):
                async with under_load(ledger) as load:
                    await load.answered(100)
                    cluster.nodes[1].kill()
                    f8.inject("SIGKILL of the broker")
                    await load.answered(200)
                    await start_again(cluster.nodes[1])
                    serves = time.monotonic()
                    await load.answered(100)
                note_answers(f8, load)
                f8.recovered(await ledger.settled(since=serves))
            f8.judge(await ledger.check())
            assert load.sent["503"] == 0, f"people were sent away while only Kafka was gone: {load.sent}"


@pytest.mark.full
async def test_f8_the_active_controller_of_three_is_killed_and_the_others_go_on(row, postgres, keys, folder, scale):
    with row("F8", "the active controller of three is killed") as f8, three_nodes(folder / "kafka") as cluster:
        async with open_ledger(postgres, cluster.brokers, keys, folder / "ledger", replication=3) as ledger:
            await ledger.start(tellers=2, hearers=2)
            async with under_load(ledger) as load:
                await load.answered(50)
                for _ in range(scale(1, 2)):
                    number = await asyncio.to_thread(cluster.active_controller)
                    killed = time.monotonic()
                    cluster.nodes[number].kill()
                    f8.inject("SIGKILL of the active controller")
                    elected = await asyncio.to_thread(cluster.active_controller)
                    assert elected != number
                    await flows_again(ledger)
                    f8.recovered(time.monotonic() - killed)
                    await start_again(cluster.nodes[number])
                    await load.answered(50)
            note_answers(f8, load)
            await ledger.settled()
            f8.measured["longest silence s"] = await longest_silence(ledger)
            f8.judge(await ledger.check())
            assert load.sent["503"] == 0, f"people were sent away while only Kafka was gone: {load.sent}"


@pytest.mark.full
async def test_f8_a_broker_that_stands_still_with_open_connections_is_given_up_and_found_again(
    row, postgres, keys, folder
):
    with row("F8", "the broker stands still, connections stay open") as f8, one_node(folder / "kafka") as cluster:
        async with open_ledger(postgres, cluster.brokers, keys, folder / "ledger") as ledger:
            await ledger.start(tellers=2, hearers=2)
            async with under_load(ledger) as load:
                await load.answered(100)
                with cluster.nodes[1].frozen():
                    f8.inject("SIGSTOP of the broker")
                    await load.answered(900)  # longer than the sessions of producers and members
                wakes = time.monotonic()
                await flows_again(ledger)
                f8.recovered(time.monotonic() - wakes)
            note_answers(f8, load)
            await ledger.settled()
            f8.judge(await ledger.check())
            assert load.sent["503"] == 0, f"people were sent away while only Kafka was gone: {load.sent}"


@pytest.mark.full
async def test_f8_cut_connections_to_the_broker_are_made_anew(row, postgres, keys, folder):
    with row("F8", "connections to the broker are cut") as f8, a_hidden_broker(folder) as proxy:
        async with open_ledger(postgres, f"127.0.0.1:{proxy.port}", keys, folder / "ledger") as ledger:
            await ledger.start(tellers=2, hearers=2)
            async with under_load(ledger) as load:
                for _ in range(20):
                    await load.answered(30)
                    f8.inject("connection cut", proxy.cut())
                last = time.monotonic()
            f8.recovered(await ledger.settled(since=last))
            f8.judge(await ledger.check())


@contextmanager
def a_hidden_broker(folder):
    """A broker that is found through a proxy only."""
    with a_proxy(("127.0.0.1", 0)) as proxy, one_node(folder / "kafka", advertised=proxy.port) as cluster:
        proxy.target = ("127.0.0.1", cluster.kafkas[1].port)
        yield proxy


SHORT_SESSION = {"chassis__consumer__runtime__SESSION_MS": 3000, "chassis__consumer__runtime__HEARTBEAT_MS": 500}
"""So that each death moves partitions: who comes back within its session is given its own again."""


@pytest.mark.full
async def test_f12_members_die_every_few_seconds_and_their_group_still_gets_on(row, a_ledger):
    with row("F12") as f12:
        async with a_ledger(**SHORT_SESSION) as ledger:
            await keep_killing_members(f12, ledger, 10)


async def keep_killing_members(f12, ledger, kills):
    """Three members, of which one is dead at any time, and each time another one."""
    await ledger.start(tellers=1, hearers=3)
    dead = None
    async with under_load(ledger, rate=30) as load:
        for _ in range(kills):
            await load.answered(100)
            victim = random.choice([proc for proc in ledger.hearers if proc.alive])
            victim.kill()
            f12.inject("SIGKILL of a member")
            if dead:
                dead.start()
            dead = victim
            await flows_again(ledger)
        dead.start()
        last = time.monotonic()
    f12.recovered(await ledger.settled(since=last))
    f12.measured["longest silence s"] = await longest_silence(ledger)
    f12.judge(await ledger.check())
