"""A Kafka node's `server.properties`: the values that differ from Kafka's defaults, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.local.children import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROPERTIES = """\
process.roles=broker,controller
node.id={node}
{quorum}
listeners={listener}://{host}:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={listener}://{host}:{advertised},CONTROLLER://127.0.0.1:{controller}
inter.broker.listener.name={listener}
controller.listener.names=CONTROLLER
{guard}
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
OPEN = "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"
# The broker itself is its administrator. Both doors want a login; nobody without one may do anything.
GUARD = """\
listener.security.protocol.map=CONTROLLER:SASL_PLAINTEXT,CLIENTS:SASL_PLAINTEXT
sasl.mechanism.controller.protocol=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={plain}
listener.name.clients.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.clients.plain.sasl.jaas.config={plain}
listener.name.clients.scram-sha-512.sasl.jaas.config={scram}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{admin}
"""
MODULE = "org.apache.kafka.common.security"
PLAIN = MODULE + '.plain.PlainLoginModule required username="{admin}" password="{word}" user_{admin}="{word}";'
SCRAM = MODULE + ".scram.ScramLoginModule required;"


def guard(admin: str, password: str) -> str:
    """Logins and access rules; the file that holds it must be ours alone."""
    return GUARD.format(plain=PLAIN.format(admin=admin, word=password), scram=SCRAM, admin=admin)


def properties(
    *,
    node: int,
    port: int,
    controller_port: int,
    data: Path,
    advertised: int,
    voters: Sequence[str] = (),
    guarded: str = "",
    host: str = LOOPBACK,
) -> str:
    """The file's text for one node; `voters` are all nodes of its cluster, none if it is alone.

    With the text of a `guard`, users must log in; without one it is open to whoever comes. Brokers talk to each other
    on loopback; clients find this one at `host`.
    """
    quorum = f"controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}"
    if voters:
        quorum = f"controller.quorum.voters={','.join(voters)}"
    copies = max(1, len(voters))
    return PROPERTIES.format(
        node=node,
        listener="CLIENTS" if guarded else "PLAINTEXT",
        guard=guarded or OPEN,
        quorum=quorum,
        host=host,
        port=port,
        advertised=advertised,
        controller=controller_port,
        data=data,
        copies=copies,
        written=max(1, copies - 1),
    )
