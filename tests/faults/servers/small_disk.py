"""A disk of a few megabytes that can be filled to the last byte and emptied again. Needs root: it is mounted."""

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.report.row import NotRun
from tests.faults.servers.root import needs

BLOCK = bytes(64 * 1024)


@dataclass(frozen=True)
class SmallDisk:
    """Where it is mounted."""

    folder: Path

    def fill(self) -> int:
        """Writes until nothing more fits; gives the bytes that did."""
        written = 0
        for size in (len(BLOCK), 4096, 1):
            with self._ballast.open("ab", buffering=0) as file, contextlib.suppress(_Full):
                while True:
                    written += _write(file.fileno(), BLOCK[:size])
        return written

    def make_room(self) -> None:
        """Gives back what `fill` took."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


class _Full(Exception):
    pass


def _write(file: int, data: bytes) -> int:
    try:
        return os.write(file, data)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _Full from error
        raise


@contextlib.contextmanager
def a_small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A file system of that size, mounted on `folder` until the end of the block."""
    needs("mount", "umount")
    folder.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise NotRun(f"no file system may be mounted here: {ran.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
