"""How long, and how much memory."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """The result and the seconds."""
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def peak_bytes() -> int:
    """The most memory that this process held; unlike `ru_maxrss` nothing of the process that started it."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(told["VmHWM"].split()[0]) * 1024
