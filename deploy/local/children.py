"""Child processes that never outlive us, and waiting for a condition instead of a while."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from deploy.local.problems import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence

T = TypeVar("T")
PR_SET_PDEATHSIG = 1
LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_000)
"""Below those that Linux gives to outgoing connections (32 768 and up), above our own fixed ones."""
REPOSITORY = Path(__file__).resolve().parents[2]


def wait_until(
    ready: Callable[[], bool],
    *,
    within: float,
    what: str,
    died: Callable[[], str | None] = lambda: None,
) -> None:
    """Return as soon as `ready`; a sentence naming `what` if it dies or takes longer than `within`."""
    end = time.monotonic() + within
    while not ready():
        reason = died()
        if reason:
            raise LocalError(f"{what} stopped while starting. {reason}")
        if time.monotonic() > end:
            raise LocalError(f"{what} was not ready within {within:.0f} seconds.")
        time.sleep(0.05)


def is_listening(port: int, host: str = LOOPBACK) -> bool:
    """Whether somebody accepts connections on this port."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.5):
        return True
    return False


def free_port() -> int:
    """A port nobody uses at this moment, and no outgoing connection takes before it is bound."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, for an error that shows why."""
    if not log.exists():
        return "It left no log."
    lines = log.read_text(errors="replace").splitlines()[-count:]
    return f"The end of {log}:\n" + "\n".join(lines)


def run_sync(work: Coroutine[object, object, T]) -> T:
    """Run a coroutine to its end from anywhere, also where an event loop is already running."""
    import asyncio  # noqa: PLC0415
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    # A thread of its own: asyncio.run would refuse inside a loop and would forget the caller's loop.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def die_with_parent(stop: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before it starts, so that the kernel stops it when we are gone (Linux)."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, int(stop))


@contextlib.contextmanager
def child(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    stop: signal.Signals = signal.SIGTERM,
    patience: float = 20,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server as our child and stop it at the end; the kernel stops it should we be killed.

    Start it from a thread that lives as long as the server (the main one): the kernel looks at the thread.
    """
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            preexec_fn=die_with_parent(stop),  # noqa: PLW1509  one system call, nothing that could deadlock
            start_new_session=True,  # Ctrl+C is ours to hear; the server is stopped in order
        )
    try:
        yield process
    finally:
        end(process, stop=stop, patience=patience)


def end(process: subprocess.Popen[bytes], *, stop: signal.Signals, patience: float) -> None:
    """Ask a child to stop, and insist when it does not within `patience` seconds."""
    if process.poll() is None:
        process.send_signal(stop)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def unprivileged_user(folder: Path) -> pwd.struct_passwd | None:
    """Whom PostgreSQL, which refuses root, runs as: the owner of its data, postgres, or nobody."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and folder.stat().st_uid != 0:
        with contextlib.suppress(KeyError):
            return pwd.getpwuid(folder.stat().st_uid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LocalError("PostgreSQL does not run as root and there is neither a user postgres nor nobody. Add one.")


def run_as(user: pwd.struct_passwd | None, *, stop: signal.Signals | None = None) -> list[str]:
    """The words before a command that give up root for `user`; `stop` is what a parent's death sends."""
    if user is None:
        return []
    if not shutil.which("setpriv"):
        raise LocalError("PostgreSQL does not run as root and setpriv (util-linux) is missing. Run as another user.")
    words = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    # The checkout may lie where only root may look (/root, a private temporary folder).
    words += ["--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]
    # Giving up root clears the wish set before it, so setpriv states it again.
    return [*words, f"--pdeathsig={stop.name.removeprefix('SIG')}"] if stop else words
