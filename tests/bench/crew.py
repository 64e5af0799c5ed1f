"""The processes of a contestant, as the measuring process sees them."""

import asyncio
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from deploy.local.children import die_with_parent, end, last_lines
from tests.bench.contestants.place import Place
from tests.bench.worker import LONGEST_LINE

PATIENCE = 300.0
"""Seconds that a command may take before the measurement is given up."""


class Worker:
    """One process. `await worker.ask("tell", count=…)`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, lines: Any) -> None:
        self.process = process
        self.log = log
        self._reader, self._writer = lines

    @property
    def pid(self) -> int:
        return self.process.pid

    async def ask(self, command: str, **arguments: Any) -> Any:
        """The answer; fails with the end of its log if the process dies or is silent."""
        self._writer.write(json.dumps([command, arguments]).encode() + b"\n")
        try:
            line = await asyncio.wait_for(self._reader.readline(), PATIENCE)
        except (TimeoutError, ConnectionError):
            line = b""
        if not line:
            await asyncio.to_thread(end, self.process, stop=signal.SIGTERM, patience=5)  # its log is whole then
            raise RuntimeError(f"{command} was not answered. {last_lines(self.log)}")
        return json.loads(line)

    def memory(self) -> int:
        """Resident megabytes."""
        return psutil.Process(self.pid).memory_info().rss // 1_048_576


@asynccontextmanager
async def a_worker(place: Place) -> AsyncIterator[Worker]:
    """Starts one, waits until it is there, and stops it in order."""
    with tempfile.TemporaryDirectory() as name:
        folder, arrived = Path(name), asyncio.get_running_loop().create_future()

        async def arrive(*lines: Any) -> None:
            arrived.set_result(lines)

        server = await asyncio.start_unix_server(arrive, folder / "socket", limit=LONGEST_LINE)
        log = folder / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: ASYNC220 - it lasts as long as we do
                [sys.executable, "-m", "tests.bench.worker", str(folder / "socket"), json.dumps(asdict(place))],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call
            )
        try:
            lines = await asyncio.wait_for(arrived, 60)
            yield Worker(process, log, lines)
            lines[1].close()
        finally:
            server.close()
            await asyncio.to_thread(end, process, stop=signal.SIGTERM, patience=20)


@asynccontextmanager
async def crew(*places: Place) -> AsyncIterator[list[Worker]]:
    """Several at once."""
    async with AsyncExitStack() as stack:
        starting = [asyncio.create_task(stack.enter_async_context(a_worker(place))) for place in places]
        yield list(await asyncio.gather(*starting))
