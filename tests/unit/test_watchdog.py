"""The watchdog looks at a consumer whose partitions come and go at any moment."""

from types import SimpleNamespace

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from chassis.consumer.coverage import Coverage
from chassis.consumer.watchdog import Watchdog

STAYS, GOES, ALSO_GOES = (TopicPartition("t", number) for number in range(3))


class Consumer:
    """Behaves as aiokafka's: asking about a partition that is not assigned is an error, and each look may be late."""

    def __init__(self):
        self.assigned = [STAYS, GOES, ALSO_GOES]  # in this order, which a set would not keep

    def assignment(self):
        return tuple(self.assigned)

    async def position(self, partition):
        if partition not in self.assigned:
            raise IllegalStateError("Partition is not assigned")
        if partition == GOES:
            self.assigned = [STAYS]
        return 3

    def highwater(self, partition):
        assert partition in self.assigned, "Partition is not assigned"
        return 5


async def test_a_partition_that_is_taken_away_during_the_look_is_passed_over():
    watchdog = Watchdog(SimpleNamespace(consumer=Consumer()), Coverage(database=None, topics=[]))
    positions, waiting = await watchdog._progress()
    assert (positions[STAYS], waiting) == (3, 2)
