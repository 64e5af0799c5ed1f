"""Whether a cohort fits into memory, asked before an hour is spent on finding out."""

from __future__ import annotations

from pathlib import Path

from chassis.errors import Invalid

BYTES_PER_PAIR = 60
"""57 were seen at 27 million allowed pairs: three columns, and what stands beside them a while, most in the report."""
STREAMED_PAIRS = 4_000_000
"""Pairs of mentee and mentor up to which all are kept; beyond, they are scored anew in each pass."""
BYTES_PER_PERSON = 6_000
"""Of a cohort that is streamed: candidates while they are solved, what is compiled, and what the report keeps."""
BYTES_PER_ROW = 160
"""155 were seen at two million scores from a file: what was read, and the pairs."""
GIB = 2**30
MEMINFO, CGROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")
MATCH_LESS, LEAVE_OUT = "match the programs one by one", "leave out pairs that nobody would want"


def must_hold(pairs: int) -> None:
    """Raises Invalid if this many pairs need more memory than this process may still take."""
    _must_fit(pairs * BYTES_PER_PAIR, f"{pairs} pairs of mentee and mentor", MATCH_LESS)


def must_stream(people: int) -> None:
    """Raises Invalid if a cohort of this many mentees and mentors needs more than this process may still take."""
    _must_fit(people * BYTES_PER_PERSON, f"{people} mentees and mentors", MATCH_LESS)


def must_read(rows: int) -> None:
    """Raises Invalid if a file of so many scores needs more memory than this process may still take."""
    _must_fit(rows * BYTES_PER_ROW, f"{rows} lines of scores", LEAVE_OUT)


def _must_fit(need: int, what: str, mend: str) -> None:
    free = free_bytes()
    if need > free:
        raise Invalid(
            f"{what} may need {need / GIB:.1f} GiB of memory and {free / GIB:.1f} GiB are free;"
            f" give the process more, or {mend}"
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
