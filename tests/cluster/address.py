"""At which address of this machine pods find its servers: said by HOST=, or the one that leads to their node."""

import socket
from collections.abc import Sequence
from typing import Any

from tests.cluster.problems import CannotRun

ANY_PORT = 9


def host_address(said: str, nodes: Sequence[Any]) -> str:
    """The address to bind servers to."""
    if said:
        _refuse_foreign(said)
        return said
    for node in nodes:
        for address in node["status"].get("addresses", []):
            if address["type"] == "InternalIP" and (found := _way_to(address["address"])):
                return found
    raise CannotRun(
        "No address of this machine leads to a node of the cluster, so its pods cannot reach Kafka and PostgreSQL "
        "here. Say which address they can use: HOST=192.0.2.7"
    )


def _way_to(node: str) -> str | None:
    """Our address on the way to the node; nothing is sent."""
    family = socket.AF_INET6 if ":" in node else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((node, ANY_PORT))
        except OSError:
            return None
        found = str(probe.getsockname()[0])
    return None if found.startswith("127.") or found == "::1" else found


def _refuse_foreign(host: str) -> None:
    try:
        with socket.socket() as probe:
            probe.bind((host, 0))
    except OSError as reason:
        raise CannotRun(
            f"HOST={host} is no address of this machine ({reason.strerror or reason}), so no server can listen there. "
            "`ip -brief address` lists those there are."
        ) from reason
