"""Which ports one instance uses, and whether the machine has room for it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import psutil

from deploy.local.children import LOOPBACK, free_port
from deploy.local.problems import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DEFAULT_BASE = 18000
LOWEST_BASE, HIGHEST_BASE = 1024, 65000
LEAST_DISK = 2 * 1024**3
OFFSETS = {
    "profiles": 1,
    "matching": 2,
    "engagement": 3,
    "notifications": 4,
    "webhooks": 5,
    "smtp": 25,
    "postgres": 32,
    "kafka": 92,
    "kafka_controller": 93,
}
"""Added to the base: the last digits remind of 25, 5432 and 9092."""


@dataclass(frozen=True)
class Ports:
    """One port per part, all on loopback."""

    profiles: int
    matching: int
    engagement: int
    notifications: int
    webhooks: int
    smtp: int
    postgres: int
    kafka: int
    kafka_controller: int

    @classmethod
    def from_base(cls, base: int) -> Ports:
        """Fixed ports, counted from `base`."""
        return cls(**{name: base + offset for name, offset in OFFSETS.items()})

    @classmethod
    def from_env(cls) -> Ports:
        """18001 and up, or counted from MENTORING_PORT_BASE."""
        said = os.environ.get("MENTORING_PORT_BASE") or str(DEFAULT_BASE)
        if not said.isdecimal() or not LOWEST_BASE <= int(said) <= HIGHEST_BASE:
            raise LocalError(f"MENTORING_PORT_BASE={said} is not a number from {LOWEST_BASE} to {HIGHEST_BASE}.")
        return cls.from_base(int(said))

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody uses at this moment, for tests."""
        found: list[int] = []
        while len(found) < len(OFFSETS):
            port = free_port()
            found += [] if port in found else [port]
        return cls(**dict(zip(OFFSETS, found, strict=True)))

    def of(self, names: Iterable[str]) -> dict[str, int]:
        """The ports of these parts, by name."""
        return {name: port for name, port in asdict(self).items() if name in set(names)}


def refuse_taken(ports: dict[str, int], host: str = LOOPBACK) -> None:
    """Stop before anything is started when somebody else has one of the ports."""
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as reason:
                raise LocalError(
                    f"Port {port}, meant for {name}, is taken{_by_whom(port)}: nothing was started. "
                    "Stop it, or "
                    f"choose other ports, for example `MENTORING_PORT_BASE={DEFAULT_BASE + 10000} make up`."
                ) from reason


def refuse_full_disk(folder: Path, least: int = LEAST_DISK) -> None:
    """Stop before anything is started when the disk is nearly full."""
    free = shutil.disk_usage(folder).free
    if free < least:
        raise LocalError(
            f"Only {free / 1024**3:.1f} GB are free where {folder} lies and the platform wants "
            f"{least / 1024**3:.0f} GB: nothing was started. Make room, then try again."
        )


def _by_whom(port: int) -> str:
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                who = psutil.Process(connection.pid).name() if connection.pid else "another user's process"
                return f" by {who}" + (f" (process {connection.pid})" if connection.pid else "")
    return ""
