"""PostgreSQL that can be taken back to an instant: a base backup, its archived log, and a recovery to that moment.

What an operator for Kubernetes or a backup tool does, with PostgreSQL's own programs.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local.children import run_as, run_sync, unprivileged_user, wait_until
from deploy.local.postgres import Postgres, binaries, is_ready


@dataclass
class PointInTime:
    """One server with its archive; `stop` and `start` are those of whoever keeps it running."""

    postgres: Postgres
    stop: Callable[[], object]
    start: Callable[[], object]

    @property
    def folder(self) -> Path:
        """Where backup and log are kept."""
        return self.postgres.folder / "backup"

    @property
    def log(self) -> Path:
        """The archived log, segment by segment."""
        return self.folder / "log"

    def begin(self) -> None:
        """Archives the log from now on, and takes a base backup."""
        self._ours(self.folder)
        self._ours(self.log)
        self._ask("ALTER SYSTEM SET archive_mode = 'on'")
        self._ask(f"ALTER SYSTEM SET archive_command = 'cp %p {self.log}/%f'")
        self._restart()
        words = ["-D", str(self.folder / "base"), "-d", self.postgres.dsn(), "-X", "none", "--checkpoint=fast"]
        self._run("pg_basebackup", *words)

    def now(self) -> datetime:
        """This instant, by the server's clock."""
        found: datetime = self._ask("SELECT clock_timestamp()")
        return found

    def restore(self, instant: datetime) -> None:
        """Takes the whole server back to that instant: all schemas, to the same transaction."""
        segment = self.log / self._ask("SELECT pg_walfile_name(pg_switch_wal())")
        wait_until(segment.exists, within=30, what="The archive of the log")
        self.stop()
        self.postgres.data.rename(self.postgres.folder / "data-of-the-disaster")
        self._run("cp", "-a", str(self.folder / "base"), str(self.postgres.data), program=False)
        settings = (
            f"restore_command = 'cp {self.log}/%f %p'\n"
            f"recovery_target_time = '{instant.isoformat()}'\nrecovery_target_action = 'promote'\n"
        )
        with (self.postgres.data / "postgresql.auto.conf").open("a") as out:
            out.write(settings)
        self._ours(self.postgres.data / "recovery.signal", folder=False)
        self._start()
        wait_until(lambda: not self._ask("SELECT pg_is_in_recovery()"), within=60, what="The recovery")

    def _restart(self) -> None:
        self.stop()
        self._start()

    def _start(self) -> None:
        self.start()
        wait_until(lambda: is_ready(self.postgres.dsn()), within=60, what="PostgreSQL")

    def _user(self) -> Any:
        """Whom the server runs as."""
        return unprivileged_user(self.folder if self.folder.exists() else self.postgres.data)

    def _ours(self, path: Path, *, folder: bool = True) -> None:
        """Makes it, for the user that the server runs as."""
        user = self._user()
        path.mkdir(mode=0o700) if folder else path.touch(mode=0o600)
        if user:
            os.chown(path, user.pw_uid, user.pw_gid)

    def _run(self, name: str, *words: str, program: bool = True) -> None:
        path = str(binaries() / name) if program else str(shutil.which(name))
        command = [*run_as(self._user()), path, *words]
        ran = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
        assert ran.returncode == 0, f"{name}: {ran.stderr}"

    def _ask(self, statement: str) -> Any:
        return run_sync(_ask(self.postgres.dsn(), statement))


async def _ask(dsn: str, statement: str) -> Any:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
