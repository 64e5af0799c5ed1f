"""Whether a cohort fits into memory, asked before an hour is spent on finding out."""

from __future__ import annotations

from pathlib import Path

from chassis.errors import Invalid

BYTES_PER_PAIR = 60
"""57 were seen at 27 million allowed pairs: three columns, and what stands beside them a while, most in the report."""
GIB = 2**30
MEMINFO, CGROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


def must_hold(pairs: int) -> None:
    """Raises Invalid if this many pairs need more memory than this process may still take."""
    need, free = pairs * BYTES_PER_PAIR, free_bytes()
    if need > free:
        raise Invalid(
            f"{pairs} pairs of mentee and mentor may need {need / GIB:.1f} GiB of memory and {free / GIB:.1f} GiB are"
            " free; give the process more, or match the programs one by one"
        )


def free_bytes() -> int:
    """What the machine, or the container around this process, still has."""
    told = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
    available = int(told["MemAvailable"].split()[0]) * 1024  # counts what the page cache would give back
    return min(available, _left_in_container())


def _left_in_container() -> int:
    try:
        most, used = ((CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return int(most) - int(used)
    except (OSError, ValueError):  # no cgroup, or no limit ("max")
        return 2**62
