"""Record batches on their way to one partition: what the broker refuses holds up nobody and lets nothing overtake."""

import json
import secrets
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from confluent_kafka.admin import AdminClient, NewTopic

from chassis.lanes import lanes_of

NOW = datetime.now(UTC)


@pytest.fixture
def narrow_topic(kafka):
    """A topic that takes record batches of 20 000 bytes at most."""
    name = f"narrow-{secrets.token_hex(4)}"
    topic = NewTopic(name, num_partitions=2, config={"max.message.bytes": "20000"})
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([topic])[name].result(10)
    return name


@pytest.fixture
async def producer(kafka):
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.split(","), enable_idempotence=True, acks="all", max_batch_size=100_000
    )
    await producer.start()
    yield producer
    await producer.stop()


def a_row(topic: str, number: int, *, size: int, key: str = "one") -> dict[str, object]:
    body = json.dumps({"number": number}).ljust(size)
    return {"id": number, "topic": topic, "key": key, "headers": "{}", "body": body, "written_at": NOW}


async def numbers_on(kafka, topic: str, count: int) -> list[int]:
    """The first records of the topic, in their order."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka.split(","), auto_offset_reset="earliest")
    await consumer.start()
    found = [json.loads((await consumer.getone()).value)["number"] for _ in range(count)]
    await consumer.stop()
    return found


async def test_a_record_batch_leaves_whole_and_the_next_one_after_it(kafka, narrow_topic, producer):
    (lane,) = await lanes_of(producer, [a_row(narrow_topic, number, size=1_000) for number in range(12)])
    alone = await lane.ship(producer, one_by_one=True)
    packed = await lane.ship(producer)
    assert [[row["id"] for row in each.rows] for each in (alone, packed)] == [[0], list(range(1, 12))]
    assert not lane.rows
    assert await numbers_on(kafka, narrow_topic, 12) == list(range(12))


async def test_what_the_broker_refuses_says_so_and_keeps_waiting(narrow_topic, producer):
    (lane,) = await lanes_of(producer, [a_row(narrow_topic, number, size=1_000) for number in range(30)])
    refused = await lane.ship(producer)
    assert refused.too_large
    assert len(lane.rows) == 30


async def test_a_story_is_in_the_partition_where_every_kafka_client_would_put_it(kafka, narrow_topic, producer):
    keys = [secrets.token_hex(8) for _ in range(20)]
    lanes = await lanes_of(producer, [a_row(narrow_topic, n, size=10, key=key) for n, key in enumerate(keys)])
    ours = {row["key"]: lane.partition for lane in lanes for row in lane.rows}
    sent = {key: (await producer.send_and_wait(narrow_topic, b"{}", key=key.encode())).partition for key in keys}
    assert ours == sent
