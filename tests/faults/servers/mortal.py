"""A server process that a row may kill, freeze and start again; it never outlives the row."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.children import child, last_lines, wait_until


@dataclass
class Mortal:
    """One server: how it is started, where it logs, and how one sees that it serves."""

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    within: float = 60.0
    _alive: ExitStack = field(default_factory=ExitStack)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Starts it and does not wait. Call it from a thread that lives as long as the server."""
        self._alive.close()
        self._process = self._alive.enter_context(child(self.command, log=self.log, stop=self.stop_signal))

    def wait(self) -> None:
        """Returns as soon as it serves."""
        wait_until(self.ready, within=self.within, what=self.name, died=self.last_words)

    def start(self) -> float:
        """Starts it; gives the seconds until it served."""
        began = time.monotonic()
        self.launch()
        self.wait()
        return time.monotonic() - began

    def send(self, number: signal.Signals) -> None:
        """Any signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and gone when this returns."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Asks it to end, as an operator would."""
        self._alive.close()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stands still meanwhile: its connections stay open and nothing is answered."""
        self.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self.send(signal.SIGCONT)

    def last_words(self) -> str | None:
        """The end of its log, if it has ended."""
        return None if self.running else last_lines(self.log)


@contextlib.contextmanager
def running(*servers: Mortal) -> Iterator[None]:
    """Starts them together, waits for each, and ends what still runs."""
    try:
        for server in servers:
            server.launch()
        for server in servers:
            server.wait()
        yield
    finally:
        for server in servers:
            server.stop()
