"""Real PostgreSQL that may be killed: one server, or a primary with a standby that follows it synchronously."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psutil

from deploy.local.children import free_port, run_as, run_sync, unprivileged_user, wait_until
from deploy.local.postgres import Postgres, binaries, is_ready
from deploy.local.sockets import remove_socket_folder
from tests.faults.servers.mortal import Mortal, running


@dataclass
class Server:
    """One PostgreSQL server and its process."""

    postgres: Postgres
    process: Mortal = field(init=False)

    def __post_init__(self) -> None:
        command = self.postgres.command(stop_with_parent=True)
        ready = lambda: is_ready(self.dsn)  # noqa: E731 - a dataclass field, not a method
        log = self.postgres.folder / "postgres.log"
        self.process = Mortal(f"PostgreSQL at {self.postgres.port}", command, log, ready, signal.SIGINT, within=30)

    @property
    def dsn(self) -> str:
        """The administrator's address."""
        return self.postgres.dsn()

    def ask(self, statement: str, *args: Any) -> Any:
        """One value, asked as the administrator over a connection of its own."""
        return run_sync(_ask(self.dsn, statement, args))

    def end(self, mode: str) -> None:
        """A `fast` or `immediate` shutdown, as `pg_ctl` asks for it; gone when this returns."""
        self.process.send({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
        self.process.stop()

    def kill(self) -> None:
        """As if its machine lost power: the postmaster and all its backends at once."""
        backends = [each.pid for each in psutil.Process(self.process.pid).children(recursive=True)]
        self.process.kill()
        for pid in backends:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@dataclass
class Pair:
    """A primary and its standby."""

    primary: Server
    standby: Server

    def both(self, dsn: str, *, through: int = 0) -> str:
        """This address of the primary, with the standby as the second place to look for the one that writes.

        `through` is the port of a proxy that stands before the primary.
        """
        parts = urlsplit(dsn)
        user = parts.netloc.rpartition("@")[0]
        hosts = f"127.0.0.1:{through or self.primary.postgres.port},127.0.0.1:{self.standby.postgres.port}"
        return urlunsplit(parts._replace(netloc=f"{user}@{hosts}", query="target_session_attrs=read-write"))

    def promote(self) -> float:
        """Makes the standby the one that writes; gives the seconds that took."""
        began = time.monotonic()
        assert self.standby.ask("SELECT pg_promote(true, 30)")
        return time.monotonic() - began


@contextlib.contextmanager
def one_server(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server alone; `settings` come on top of the usual ones."""
    postgres = Postgres(folder, free_port(), settings or {})
    postgres.initialise()
    with a_server(Server(postgres)) as server:
        yield server


@contextlib.contextmanager
def a_pair(folder: Path) -> Iterator[Pair]:
    """Two servers; a commit is confirmed only when the standby has it, so that losing the primary loses nothing."""
    settings = {"synchronous_standby_names": "standby", "synchronous_commit": "on", "wal_keep_size": "64MB"}
    primary = Postgres(folder / "primary", free_port(), settings)
    primary.initialise()
    # Without a standby there is nobody to confirm: the first commits come after it follows.
    with a_server(Server(primary)) as first:
        standby = Postgres(folder / "standby", free_port(), {"cluster_name": "standby"})
        _copy(primary, standby)
        with a_server(Server(standby)) as second:
            _wait_until_it_follows(first)
            yield Pair(first, second)


@contextlib.contextmanager
def a_server(server: Server) -> Iterator[Server]:
    """A server whose folder is made already, running until the end of the block."""
    try:
        with running(server.process):
            yield server
    finally:
        remove_socket_folder(server.postgres.folder)


def _copy(primary: Postgres, standby: Postgres) -> None:
    """A base backup that knows whom to follow."""
    standby.folder.mkdir(parents=True)
    shutil.copy(primary.folder / "passwords.json", standby.folder / "passwords.json")
    user = unprivileged_user(primary.data)
    standby.data.mkdir(mode=0o700)
    if user:
        os.chown(standby.data, user.pw_uid, user.pw_gid)
    dsn = f"{primary.dsn()}?application_name=standby"
    words = ["-D", str(standby.data), "-d", dsn, "-R", "-X", "stream", "--checkpoint=fast", "--no-sync"]
    subprocess.run([*run_as(user), str(binaries() / "pg_basebackup"), *words], check=True, capture_output=True, cwd="/")


def _wait_until_it_follows(primary: Server) -> None:
    state = "SELECT sync_state FROM pg_stat_replication WHERE application_name = 'standby'"
    wait_until(lambda: primary.ask(state) == "sync", within=30, what="The standby's following")


async def _ask(dsn: str, statement: str, args: tuple[Any, ...]) -> Any:
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        return await connection.fetchval(statement, *args)
    finally:
        await connection.close()
