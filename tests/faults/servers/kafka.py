"""Real Kafka that may be killed: one node, or a cluster of three with three copies, two of them written at once."""

import contextlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local.children import free_port
from deploy.local.kafka import STARTED, Kafka, new_cluster_id, prepare
from tests.faults.servers.mortal import Mortal, running


@dataclass
class Cluster:
    """Kafka's nodes by number, and which of them leads the others."""

    nodes: dict[int, Mortal]
    kafkas: dict[int, Kafka]

    @property
    def brokers(self) -> str:
        return ",".join(kafka.bootstrap for kafka in self.kafkas.values())

    def active_controller(self, *, within: float = 30.0) -> int:
        """The node that leads the cluster, as the running nodes wrote it down; waits while nobody does."""
        until = time.monotonic() + within
        while True:
            leader = self._elected()
            if leader is not None:
                return leader
            assert time.monotonic() < until, f"no active controller among {sorted(self.nodes)} within {within} s"
            time.sleep(POLL)

    def _elected(self) -> int | None:
        """The running leader of the newest epoch that any running node knows."""
        seen = [(-1, -1)]
        for number, node in self.nodes.items():
            state = self.kafkas[number].data / "__cluster_metadata-0" / "quorum-state"
            with contextlib.suppress(OSError, ValueError):  # it is just being written
                said = json.loads(state.read_text())
                seen += [(said["leaderEpoch"], said["leaderId"])] if node.running else []
        _, leader = max(seen)
        return leader if leader in self.nodes and self.nodes[leader].running else None


POLL = 0.05


@contextlib.contextmanager
def one_node(folder: Path, *, advertised: int = 0) -> Iterator[Cluster]:
    """A node alone; clients that ask it are sent to the `advertised` port."""
    with serving([Kafka(folder, free_port(), free_port(), advertised=advertised)]) as cluster:
        yield cluster


@contextlib.contextmanager
def three_nodes(folder: Path) -> Iterator[Cluster]:
    """A cluster that goes on when one of its nodes is gone."""
    controllers = {number: free_port() for number in (1, 2, 3)}
    voters = tuple(f"{number}@127.0.0.1:{port}" for number, port in controllers.items())
    kafkas = [
        Kafka(folder / f"node-{number}", free_port(), port, node=number, voters=voters)
        for number, port in controllers.items()
    ]
    with serving(kafkas) as cluster:
        yield cluster


@contextlib.contextmanager
def serving(kafkas: list[Kafka], *, log: Path | None = None) -> Iterator[Cluster]:
    """These nodes as one cluster; `log` says where a node writes it, if not into its own folder."""
    prepare()
    name = new_cluster_id()
    with ThreadPoolExecutor(len(kafkas)) as pool:
        list(pool.map(lambda kafka: kafka.format(name), kafkas))
    nodes = {kafka.node: _a_node(kafka, log or kafka.folder / "kafka.log") for kafka in kafkas}
    with running(*nodes.values()):
        try:
            yield Cluster(nodes, {kafka.node: kafka for kafka in kafkas})
        finally:
            # An orderly stop would hand leadership round until nobody is left to take it; the data goes anyway.
            for node in nodes.values():
                node.kill()


def _a_node(kafka: Kafka, log: Path) -> Mortal:
    """A node that may be killed; its folder is formatted already."""
    return Mortal(f"Kafka node {kafka.node}", kafka.command(), log, lambda: STARTED in log.read_text(errors="replace"))
