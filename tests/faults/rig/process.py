"""One real process of a service: started, killed, frozen, woken and started again by the row."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from deploy.local.children import REPOSITORY, die_with_parent, free_port, last_lines
from tests.faults.rig.release import interpreter
from tests.waiting import eventually

READY_WITHIN = 60.0
PATIENCE = 45.0
ENDING = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


@dataclass
class Proc:
    """A process with its own environment, port and log; `start` may be called again after each end."""

    name: str
    module: str
    env: Mapping[str, str]
    folder: Path
    role: str = "all"
    before: Sequence[str] = ()
    """Words in front of the command: strace, faketime, ip netns exec."""
    home: Path = REPOSITORY
    """Whose code it runs: ours, or that of another checkout, which knows nothing of `FAULTS_…`."""
    port: int = field(default_factory=free_port)
    starts: int = 0
    popen: "subprocess.Popen[bytes] | None" = None
    may_end: bool = False
    """Whether its end was meant: a signal of ours, or a point at which it dies."""

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.popen is not None, f"{self.name} was never started"
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def start(self, **faults: str) -> "Proc":
        """Starts it, with `FAULTS_…` of this one start: `start(AT="consumer.committed:2", DO="freeze")`."""
        assert not self.alive, f"{self.name} runs already"
        serve = ("serve", "--role", self.role, "--port", str(self.port))
        entry = ("tests.faults.inject.entry",) if self.home == REPOSITORY else ()
        command = [*self.before, interpreter(self.home), "-m", *entry, self.module, *serve]
        injected = {f"FAULTS_{name}": value for name, value in faults.items()}
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                command,
                cwd=self.home,
                env={**os.environ, **self.env, **injected},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509  one system call, nothing that could deadlock
                start_new_session=True,
            )
        self.starts += 1
        self.may_end = "AT" in faults
        return self

    async def ready(self) -> "Proc":
        """Waits until it says so; its log if it ends instead."""
        async with httpx.AsyncClient(timeout=2) as client:
            await eventually(lambda: self._is_ready(client), within=READY_WITHIN)
        return self

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        if not self.alive:
            raise AssertionError(f"{self.name} ended while starting ({self.code}). {last_lines(self.log)}")
        try:
            return (await client.get(f"{self.url}/health/ready")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self.popen.poll() if self.popen else None

    def signal(self, number: int) -> None:
        """Any signal, if it still runs."""
        self.may_end = self.may_end or number in ENDING
        if self.alive:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL, also to what its `before` has started, and waits until it is gone."""
        assert self.popen is not None
        self.may_end = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait(PATIENCE)

    def freeze(self) -> None:
        """SIGSTOP: it stands still and keeps its connections."""
        self.signal(signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT."""
        self.signal(signal.SIGCONT)

    async def stop(self) -> int:
        """SIGTERM; gives the exit code of an orderly end."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self, *, within: float = PATIENCE) -> int:
        """Waits until it has ended by itself, or through what was injected; gives its code (-9: killed)."""
        return int(await eventually(lambda: self.code, lambda code: code is not None, within=within))

    async def frozen(self, *, within: float = PATIENCE) -> None:
        """Waits until what was injected has frozen it."""
        await eventually(
            lambda: self.alive and psutil.Process(self.pid).status(), psutil.STATUS_STOPPED.__eq__, within=within
        )

    def uninvited(self) -> list[str]:
        """What it did that nobody meant it to do: it ended by itself, or one of its loops did."""
        found = [f"{self.name} has ended by itself ({self.code})"] if not self.alive and not self.may_end else []
        return found + [f"a loop of {self.name} has failed; see {self.log}"] * bool(self.says('"loop.failed"'))

    def says(self, text: str) -> int:
        """How often its log says this."""
        return self.log.read_text(errors="replace").count(text) if self.log.exists() else 0

    def close(self) -> None:
        """Ends it whatever state it is in."""
        if self.popen:
            self.kill()
