"""Processes of one contestant each, one at a time, ended when their time is over."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from deploy.local.children import die_with_parent, end
from tests.bench import results
from tests.bench.matching import packages

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
Told = dict[str, Any]


@dataclass
class Clock:
    """How long the whole run may take, and one contestant."""

    minutes: float
    limit: float
    """Seconds for one process, its start and the reading of the instance included."""
    began: float = field(default_factory=time.monotonic)

    def until(self, share: float) -> "Clock":
        """The same clock, over when this share of the time is."""
        return replace(self, minutes=share * self.minutes)

    def left(self) -> float:
        """Seconds until all should be over."""
        return self.began + 60 * self.minutes - time.monotonic()


def module(name: str, *arguments: object, limit: float, threads: int = 1) -> list[Told]:
    """The lines of JSON that `python -m NAME …` prints, or one that says why there are none.

    0 threads: as many as it likes.
    """
    path = os.pathsep.join((str(results.ROOT), str(packages.FOLDER)))
    env = os.environ | {"PYTHONPATH": path} | dict.fromkeys(THREADS if threads else (), str(threads))
    process = subprocess.Popen(
        [sys.executable, "-m", name, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        cwd=results.ROOT,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - one system call
    )
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        end(process, stop=signal.SIGKILL, patience=5)
        return [{"why": f"not within {limit:.0f} s", "limit": limit}]
    if process.returncode:
        last = next((line for line in reversed(err.splitlines()) if line.strip()), "")
        return [{"why": f"failed: {last}" if last else f"ended with {process.returncode}"}]
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def play(name: str, folder: Path, ratio: float, clock: Clock, *, threads: int = 1) -> Told:
    """What one contestant tells of one instance."""
    if clock.left() < clock.limit:
        return {"why": "left out: no time was left"}
    return module("tests.bench.matching.play", name, folder, ratio, limit=clock.limit, threads=threads)[-1]
