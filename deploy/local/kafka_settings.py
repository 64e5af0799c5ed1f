"""A Kafka node's `server.properties`: the values that differ from Kafka's defaults, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROPERTIES = """\
process.roles=broker,controller
node.id={node}
{quorum}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{advertised},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={data}
# Topics are declared in contracts; a typing error must not make one.
auto.create.topics.enable=false
# Kafka's own topics: a copy on each node, written once all but one have it.
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={written}
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={written}
min.insync.replicas={written}
# A killed node may come back once its old session has ended: 4 seconds instead of 9.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
# A laptop: join at once, few threads, small buffers.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=4194304
log.segment.bytes=16777216
"""


def properties(
    *, node: int, port: int, controller_port: int, data: Path, advertised: int, voters: Sequence[str] = ()
) -> str:
    """The file's text for one node; `voters` are all nodes of its cluster, none if it is alone."""
    quorum = f"controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}"
    if voters:
        quorum = f"controller.quorum.voters={','.join(voters)}"
    copies = max(1, len(voters))
    return PROPERTIES.format(
        node=node,
        quorum=quorum,
        port=port,
        advertised=advertised,
        controller=controller_port,
        data=data,
        copies=copies,
        written=max(1, copies - 1),
    )
