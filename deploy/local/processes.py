"""Keeps processes running through supervisor: restarts with back-off, logs, and one socket to steer it."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import xmlrpc.client
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import psutil

from deploy.local.children import last_lines, wait_until
from deploy.local.postgres import write_private
from deploy.local.problems import LocalError
from deploy.local.sockets import socket_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MARK = "MENTORING_LOCAL_INSTANCE"
"""In the environment of every process of an instance, so that a lost one is recognised as ours."""
SUPERVISOR = """\
[supervisord]
logfile={logs}/supervisor.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile={pidfile}
childlogdir={logs}
directory={directory}
{user}
[unix_http_server]
file={socket}
chmod=0600
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{socket}
"""
# A process that dies is started again after 1, 2, 3 … seconds, as Kubernetes would do it.
PROGRAM = """
[program:{name}]
command={command}
environment={environment}
directory={directory}
autostart=false
autorestart=true
startsecs=3
startretries=200
stopsignal={stop}
stopwaitsecs={patience}
killasgroup=true
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


@dataclass(frozen=True)
class Program:
    """One process to keep running."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    stop: str = "TERM"
    patience: int = 20


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

    def config(self, programs: Iterable[Program]) -> str:
        """Supervisor's settings for these programs."""
        common = {"logs": _plain(self.logs), "directory": _plain(self.directory)}
        text = SUPERVISOR.format(
            pidfile=_plain(self._pidfile),
            socket=_plain(self._socket),
            user="user=root" if os.geteuid() == 0 else "",
            **common,
        )
        for program in programs:
            text += PROGRAM.format(
                name=program.name,
                command=_plain(shlex.join(program.command)),
                environment=_environment({**program.env, MARK: self.mark}),
                stop=program.stop,
                patience=program.patience,
                **common,
            )
        return text

    def launch(self, programs: Iterable[Program]) -> None:
        """Start supervisor in the background with these programs, none of them running yet."""
        self.logs.mkdir(parents=True, exist_ok=True)
        config = self.run / "supervisord.conf"
        write_private(config, self.config(programs))  # it holds passwords
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


def sweep(mark: str) -> list[str]:
    """End processes of this instance that nobody looks after any more; answers their names."""
    lost = [
        process for process in psutil.process_iter() if process.pid != os.getpid() and _marked(process, mark)
    ]
    names = []
    for process in lost:
        with contextlib.suppress(psutil.NoSuchProcess):
            names.append(f"{process.name()} ({process.pid})")
            process.terminate()
    for process in psutil.wait_procs(lost, timeout=10)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    return names


def _marked(process: psutil.Process, mark: str) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        return process.environ().get(MARK) == mark
    return False


def _plain(value: object) -> str:
    """Supervisor reads percent signs as its own variables."""
    return str(value).replace("%", "%%")


def _environment(env: Mapping[str, str]) -> str:
    if any('"' in value or "\n" in value for value in env.values()):
        raise LocalError(
            "A setting with a quotation mark or a line break cannot be handed to a local process."
        )
    return ",".join(f'{name}="{_plain(value)}"' for name, value in sorted(env.items()))
