"""librdkafka's mock cluster: a TCP broker that answers with whatever error a row asks for.

It is worthless for what a real broker does (it keeps 5 MB per partition, knows no ACLs and no transactions), so it
stands in only where one exact answer of the protocol must come at one exact time.
"""

import contextlib
import ctypes
import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from contracts.topics import Topic
from deploy.local.problems import LocalError

PRODUCER = 0


class Api(IntEnum):
    """Requests, by Kafka's numbers."""

    PRODUCE = 0
    FETCH = 1
    METADATA = 3
    OFFSET_COMMIT = 8
    OFFSET_FETCH = 9
    FIND_COORDINATOR = 10
    JOIN_GROUP = 11
    HEARTBEAT = 12
    SYNC_GROUP = 14
    INIT_PRODUCER_ID = 22


class Answer(IntEnum):
    """Errors, by Kafka's numbers; the last is none that a client knows."""

    UNKNOWN_SERVER_ERROR = -1
    UNKNOWN_TOPIC_OR_PARTITION = 3
    NOT_LEADER = 6
    REQUEST_TIMED_OUT = 7
    MESSAGE_TOO_LARGE = 10
    NOT_ENOUGH_REPLICAS = 19
    NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20
    UNKNOWN_MEMBER_ID = 25
    GROUP_AUTHORIZATION_FAILED = 30
    OUT_OF_ORDER_SEQUENCE = 45
    UNKNOWN_PRODUCER_ID = 59
    STALE_BROKER_EPOCH = 77


@dataclass
class MockKafka:
    """A cluster of mock brokers, numbered from 1."""

    _library: Any
    _cluster: int
    size: int

    @property
    def brokers(self) -> str:
        return self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def create_topic(self, name: str, partitions: int) -> None:
        self._do("topic_create", name.encode(), partitions, self.size)

    def create_topics(self, _brokers: str, *, topics: Sequence[Topic], replication: int = 0) -> None:
        """Makes the topics of a rig; the cluster answers no administrator."""
        for topic in topics:
            self.create_topic(topic.name, topic.partitions)

    def answer(self, api: Api, *errors: Answer) -> None:
        """The next requests of this kind are answered with these errors, one each; nothing is done for them."""
        array = (ctypes.c_int * len(errors))(*errors)
        self._library.rd_kafka_mock_push_request_errors_array(self._cluster, api, len(errors), array)

    def relent(self, api: Api) -> None:
        """Forgets the errors that nobody asked for yet."""
        self._library.rd_kafka_mock_clear_request_errors(self._cluster, api)

    def lead(self, topic: str, partition: int, broker: int) -> None:
        """Moves the leadership of a partition."""
        self._do("partition_set_leader", topic.encode(), partition, broker)

    def coordinate(self, group: str, broker: int) -> None:
        """Moves a group's coordinator."""
        self._do("coordinator_set", b"group", group.encode(), broker)

    def down(self, broker: int) -> None:
        """Closes a broker's connections and its port."""
        self._do("broker_set_down", broker)

    def up(self, broker: int) -> None:
        self._do("broker_set_up", broker)

    def _do(self, what: str, *args: Any) -> None:
        error = getattr(self._library, f"rd_kafka_mock_{what}")(self._cluster, *args)
        if error:
            raise LocalError(f"The mock cluster refused {what}{args}: error {error}.")


@contextlib.contextmanager
def a_mock_kafka(brokers: int = 3) -> Iterator[MockKafka]:
    """A mock cluster on loopback ports of its own."""
    library = _librdkafka()
    why = ctypes.create_string_buffer(512)
    client = library.rd_kafka_new(PRODUCER, None, why, len(why))
    if not client:
        raise LocalError(f"librdkafka did not start: {why.value.decode()}")
    cluster = library.rd_kafka_mock_cluster_new(client, brokers)
    try:
        yield MockKafka(library, cluster, brokers)
    finally:
        library.rd_kafka_mock_cluster_destroy(cluster)
        library.rd_kafka_destroy(client)


def _librdkafka() -> Any:
    """The library inside the wheel, told the types that ctypes cannot guess."""
    import confluent_kafka  # noqa: F401 - loads what the library itself needs

    found = importlib.util.find_spec("confluent_kafka")
    assert found is not None
    assert found.origin is not None
    files = sorted((Path(found.origin).parents[1] / "confluent_kafka.libs").glob("librdkafka*"))
    if not files:
        raise LocalError("The wheel of confluent-kafka on this machine holds no librdkafka of its own.")
    library = ctypes.CDLL(str(files[0]))
    handle, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    for name, result, arguments in (
        ("new", handle, [number, handle, text, ctypes.c_size_t]),
        ("destroy", None, [handle]),
        ("mock_cluster_new", handle, [handle, number]),
        ("mock_cluster_destroy", None, [handle]),
        ("mock_cluster_bootstraps", text, [handle]),
        ("mock_topic_create", number, [handle, text, number, number]),
        ("mock_push_request_errors_array", None, [handle, ctypes.c_int16, ctypes.c_size_t, handle]),
        ("mock_clear_request_errors", None, [handle, ctypes.c_int16]),
        ("mock_partition_set_leader", number, [handle, text, ctypes.c_int32, ctypes.c_int32]),
        ("mock_coordinator_set", number, [handle, text, text, ctypes.c_int32]),
        ("mock_broker_set_down", number, [handle, ctypes.c_int32]),
        ("mock_broker_set_up", number, [handle, ctypes.c_int32]),
    ):
        function = getattr(library, f"rd_kafka_{name}")
        function.restype, function.argtypes = result, arguments
    return library
