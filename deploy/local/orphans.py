"""Finds processes of an instance that nobody looks after any more, and ends them."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from deploy.local.postgres import Postgres

MARK = "MENTORING_LOCAL_INSTANCE"
"""In the environment of every process of an instance, so that a lost one is recognised as ours."""


def sweep(mark: str) -> list[str]:
    """End processes of this instance that nobody looks after any more; answers their names."""
    lost = [process for process in psutil.process_iter() if process.pid != os.getpid() and _marked(process, mark)]
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


def end_postgres(server: Postgres) -> list[str]:
    """End a lost database server; it overwrites its environment, so its own note says which one it is."""
    pid = server.pid()
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid) if pid else None
        if process and str(server.data) in process.cmdline():
            process.send_signal(signal.SIGINT)  # the fast, clean stop
            process.wait(20)
            return [f"postgres ({pid})"]
    return []
