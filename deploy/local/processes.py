"""Keeps processes running through supervisor: restarts with back-off, logs, and one socket to steer it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import xmlrpc.client
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import psutil

from deploy.local.children import last_lines, wait_until
from deploy.local.orphans import MARK
from deploy.local.postgres import write_private
from deploy.local.problems import LocalError
from deploy.local.sockets import socket_folder
from deploy.local.supervisor_config import Program, config_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Processes:
    """The processes of one instance; `run` is its folder for settings and logs."""

    run: Path
    mark: str
    directory: Path

    @property
    def logs(self) -> Path:
        return self.run / "logs"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def launch(self, programs: Iterable[Program]) -> None:
        """Start supervisor in the background with these programs, none of them running yet."""
        self.logs.mkdir(parents=True, exist_ok=True)
        config = self.run / "supervisord.conf"
        marked = [replace(program, env={**program.env, MARK: self.mark}) for program in programs]
        text = config_text(marked, run=self.run, logs=self.logs, socket=self._socket, directory=self.directory)
        write_private(config, text)  # it holds passwords
        self._socket.unlink(missing_ok=True)
        ran = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)],
            env={**os.environ, MARK: self.mark},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise LocalError(f"The process supervisor did not start:\n{ran.stdout}{ran.stderr}")
        wait_until(self.running, within=10, what="The process supervisor")

    def running(self) -> bool:
        """Whether supervisor answers."""
        with contextlib.suppress(OSError, xmlrpc.client.Error):
            return bool(self._ask().getState()["statename"] == "RUNNING")
        return False

    def start(self, names: Iterable[str]) -> None:
        """Start those of these programs that do not run; does not wait."""
        states = {info["name"]: info["statename"] for info in self.info()}
        for name in names:
            if states.get(name) not in {"RUNNING", "STARTING"}:
                try:
                    if states.get(name) == "BACKOFF":  # between two tries; ask for the next one now
                        self._ask().stopProcess(name)
                    self._ask().startProcess(name, False)
                except xmlrpc.client.Fault as fault:
                    raise LocalError(f"{name} could not be started: {fault.faultString}") from fault

    def stop(self, names: Iterable[str], patience: float = 30) -> None:
        """Stop these programs together and wait until they are gone."""
        wanted = set(names)
        for info in self.info():
            if info["name"] in wanted:
                with contextlib.suppress(xmlrpc.client.Fault):  # it was not running
                    self._ask().stopProcess(info["name"], False)
        wait_until(
            lambda: not any(i["pid"] for i in self.info() if i["name"] in wanted),
            within=patience,
            what="Stopping " + ", ".join(sorted(wanted)),
        )

    def info(self) -> list[dict[str, Any]]:
        """What supervisor knows about each program: `name`, `statename`, `pid`, `start`, `now`."""
        if not self.running():
            return []
        return cast("list[dict[str, Any]]", self._ask().getAllProcessInfo())

    def died(self, name: str) -> str | None:
        """Why a program does not come up, if it does not."""
        states = {info["name"]: info["statename"] for info in self.info()}
        if states.get(name) in {"RUNNING", "STARTING"}:
            return None
        return last_lines(self.log(name))

    def shutdown(self) -> None:
        """Stop everything that still runs, and supervisor itself."""
        with contextlib.suppress(OSError, ValueError, psutil.NoSuchProcess):
            supervisor = psutil.Process(int(self._pidfile.read_text()))
            with contextlib.suppress(OSError, xmlrpc.client.Error):
                self._ask().shutdown()
            with contextlib.suppress(psutil.TimeoutExpired):
                supervisor.wait(30)

    def supervisor_pid(self) -> int | None:
        """Supervisor's own process id, while it answers."""
        return cast("int", self._ask().getPID()) if self.running() else None

    @property
    def _pidfile(self) -> Path:
        return self.run / "supervisord.pid"

    @property
    def _socket(self) -> Path:
        return socket_folder(self.run) / "supervisor.sock"

    def _ask(self) -> Any:
        from supervisor.xmlrpc import SupervisorTransport  # noqa: PLC0415

        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor
