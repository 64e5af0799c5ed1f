"""Supervisor's settings file: which programs it keeps running, and how."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy.local.problems import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

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
# A process that dies is started again; within 5 seconds of its start after 1, 2, 3 … seconds, as in Kubernetes.
PROGRAM = """
[program:{name}]
command={command}
environment={environment}
directory={directory}
autostart=false
autorestart=true
startsecs=5
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


def config_text(programs: Iterable[Program], *, run: Path, logs: Path, socket: Path, directory: Path) -> str:
    """The file's text; none of the programs starts by itself, because they have an order."""
    common = {"logs": _plain(logs), "directory": _plain(directory)}
    user = "user=root" if os.geteuid() == 0 else ""
    text = SUPERVISOR.format(pidfile=_plain(run / "supervisord.pid"), socket=_plain(socket), user=user, **common)
    for program in programs:
        text += PROGRAM.format(
            name=program.name,
            command=_plain(shlex.join(program.command)),
            environment=_environment(program.env),
            stop=program.stop,
            patience=program.patience,
            **common,
        )
    return text


def _plain(value: object) -> str:
    """Supervisor reads percent signs as its own variables."""
    return str(value).replace("%", "%%")


def _environment(env: Mapping[str, str]) -> str:
    if any('"' in value or "\n" in value for value in env.values()):
        raise LocalError("A setting with a quotation mark or a line break cannot be handed to a local process.")
    return ",".join(f'{name}="{_plain(value)}"' for name, value in sorted(env.items()))
