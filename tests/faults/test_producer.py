"""F8, from inside: a producer whose broker is gone is let go whole, instead of trying on behind the next one's back."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from chassis.relay import _dismiss
from contracts.topics import MATCH
from deploy.local.topics import create_topics
from tests.faults.servers.kafka import one_node


@pytest.mark.full
async def test_f8_a_producer_that_waits_for_a_dead_broker_is_let_go_whole(row, folder):
    with row("F8", "the producer of a dead broker is let go") as f8, one_node(folder / "kafka") as cluster:
        await asyncio.to_thread(create_topics, cluster.brokers)
        producer = AIOKafkaProducer(bootstrap_servers=cluster.brokers.split(","), enable_idempotence=True)
        await producer.start()
        await producer.send_and_wait(MATCH.name, b"{}", key=b"one")
        cluster.nodes[1].kill()
        f8.inject("SIGKILL of the broker")
        waiting = await producer.send(MATCH.name, b"{}", key=b"one")
        sender = producer._sender.sender_task
        await asyncio.wait_for(_dismiss(producer), timeout=15)
        assert sender.done()
        assert waiting.exception() is not None
