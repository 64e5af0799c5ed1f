"""The servers that the rows break: each breaks as it says, and is whole again afterwards."""

import asyncio
import socket

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.faults.report.row import NotRun
from tests.faults.servers.cable import a_cable
from tests.faults.servers.kafka import three_nodes
from tests.faults.servers.mock_kafka import Answer, Api, a_mock_kafka
from tests.faults.servers.postgres import a_pair, one_server
from tests.faults.servers.proxy import a_proxy
from tests.faults.servers.small_disk import a_small_disk


@pytest.fixture
def server(folder):
    with one_server(folder / "postgres") as running:
        yield running


def through(server, port, host="127.0.0.1"):
    return f"postgresql://postgres:{server.postgres.password('postgres')}@{host}:{port}/postgres"


@pytest.mark.full
def test_another_controller_leads_when_the_active_one_is_killed(folder):
    with three_nodes(folder) as cluster:
        first = cluster.active_controller()
        cluster.nodes[first].kill()
        second = cluster.active_controller()
        assert second != first
        cluster.nodes[first].start()
        assert cluster.active_controller() in cluster.nodes


async def test_a_promoted_standby_has_every_commit_and_takes_new_ones(folder):
    with a_pair(folder) as pair:
        pair.primary.ask("CREATE TABLE kept (n int)")
        pair.primary.ask("INSERT INTO kept SELECT generate_series(1, 1000)")
        address = pair.both(pair.primary.dsn)
        pair.primary.kill()
        pair.promote()
        connection = await asyncpg.connect(address)
        assert await connection.fetchval("SELECT count(*) FROM kept") == 1000
        await connection.execute("INSERT INTO kept VALUES (1001)")
        await connection.close()


async def test_a_lost_reply_leaves_the_commit_done_and_the_client_without_an_answer(server):
    server.ask("CREATE TABLE kept (n int)")
    with a_proxy(("127.0.0.1", server.postgres.port)) as proxy:
        connection = await asyncpg.connect(through(server, proxy.port))
        proxy.lose_commits()
        with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InternalClientError, ConnectionError)):
            async with connection.transaction():
                await connection.execute("INSERT INTO kept VALUES (1)")
        assert proxy.commits_lost == 1
        again = await asyncpg.connect(through(server, proxy.port))
        assert await again.fetchval("SELECT count(*) FROM kept") == 1
        await again.close()


async def test_what_is_swallowed_never_arrives_and_what_is_cut_is_gone(server):
    with a_proxy(("127.0.0.1", server.postgres.port)) as proxy:
        connection = await asyncpg.connect(through(server, proxy.port))
        proxy.swallowed.add("to the client")
        with pytest.raises(TimeoutError):
            await connection.fetchval("SELECT 1", timeout=0.3)
        proxy.swallowed.clear()
        assert proxy.bytes_swallowed
        assert proxy.cut() >= 1
        connection.terminate()
        proxy.refuses = True
        with pytest.raises((ConnectionError, asyncpg.PostgresConnectionError, asyncpg.InternalClientError)):
            await asyncpg.connect(through(server, proxy.port))


async def test_a_cable_that_loses_one_direction_gives_no_answer_at_all(server):
    try:
        with a_cable(("127.0.0.1", server.postgres.port)) as cable:
            connection = await asyncpg.connect(through(server, cable.port, cable.host))
            for way in ("to the server", "to the client"):
                with cable.losing(way):
                    with pytest.raises(TimeoutError):
                        await connection.fetchval("SELECT 1", timeout=0.3)
                    with pytest.raises(TimeoutError):
                        await asyncio.to_thread(socket.create_connection, (cable.host, cable.port), 0.3)
                connection.terminate()
                connection = await asyncpg.connect(through(server, cable.port, cable.host))
            await connection.close()
    except NotRun as reason:
        pytest.skip(str(reason))


def test_a_small_disk_is_full_to_the_last_byte_and_has_room_again(tmp_path):
    try:
        with a_small_disk(tmp_path / "disk", megabytes=2) as disk:
            assert disk.fill() > 1_900_000
            with pytest.raises(OSError, match="No space"):
                (disk.folder / "more").write_bytes(b"x" * 4096)
            disk.make_room()
            (disk.folder / "more").write_bytes(b"x" * 4096)
    except NotRun as reason:
        pytest.skip(str(reason))


async def test_the_mock_cluster_answers_as_it_is_told_and_keeps_what_it_accepted():
    with a_mock_kafka() as mock:
        mock.create_topic("told.once.v1", 1)
        producer = AIOKafkaProducer(bootstrap_servers=mock.brokers.split(","), retry_backoff_ms=20)
        await producer.start()
        mock.answer(Api.PRODUCE, Answer.NOT_ENOUGH_REPLICAS, Answer.NOT_LEADER)
        await asyncio.wait_for(producer.send_and_wait("told.once.v1", b"1"), 10)
        mock.lead("told.once.v1", 0, 2)
        await asyncio.wait_for(producer.send_and_wait("told.once.v1", b"2"), 10)
        await producer.stop()
        consumer = AIOKafkaConsumer(
            "told.once.v1", bootstrap_servers=mock.brokers.split(","), auto_offset_reset="earliest"
        )
        await consumer.start()
        values = [(await asyncio.wait_for(consumer.getone(), 10)).value for _ in range(2)]
        await consumer.stop()
        assert values == [b"1", b"2"]
