"""The files that supervisor writes what each part says to, with those it has put aside."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from deploy.local.problems import LocalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOK_SECONDS = 0.2


def parts_in(folder: Path, only: str = "") -> dict[str, Path]:
    """Each part's file by the part's name, or one part's; a sentence if there is none."""
    there = {path.stem: path for path in sorted(folder.glob("*.log"))}
    found = {only: there[only]} if only in there else ({} if only else there)
    if not found:
        known = f" There are: {', '.join(there)}." if there else " `make up` or `make demo` writes some."
        raise LocalError(f"There is no log of {only or 'anything'} yet.{known}")
    return found


def lines_of(path: Path) -> Iterator[str]:
    """All lines of a part, the oldest first.

    A file is put aside once it is large, in the middle of a line if need be, so all are read as one.
    """
    aside = sorted(path.parent.glob(f"{path.name}.*"), key=lambda each: int(each.suffix[1:] or 0), reverse=True)
    cut = b""
    for place in (*aside, path):
        *whole, cut = (cut + place.read_bytes()).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)
    if cut:
        yield cut.decode("utf-8", "replace")


class Follower:
    """What comes from now on, of every part of a folder or of one."""

    def __init__(self, folder: Path, only: str = "") -> None:
        self._folder, self._only = folder, only
        self._open: dict[str, _Tail] = {}
        self._take_up(from_end=True)

    def __iter__(self) -> Iterator[list[tuple[str, str]]]:
        """Again and again the lines that came since the last look, each with its part; never ends."""
        while True:
            new = [(part, line) for part, tail in self._open.items() for line in tail.new()]
            yield new
            self._take_up(from_end=False)
            if not new:
                time.sleep(LOOK_SECONDS)

    def _take_up(self, *, from_end: bool) -> None:
        for path in self._folder.glob(f"{self._only or '*'}.log"):
            if path.stem not in self._open:
                self._open[path.stem] = _Tail(path, from_end=from_end)


class _Tail:
    """The end of one file, also after it was put aside and begun anew."""

    def __init__(self, path: Path, *, from_end: bool) -> None:
        self._path = path
        self._file = path.open("rb")
        self._cut = b""
        if from_end:
            self._file.seek(0, 2)

    def new(self) -> list[str]:
        found = self._file.read()
        if not found and self._begun_anew():
            self._file.close()
            self._file = self._path.open("rb")
            found = self._file.read()
        *whole, self._cut = (self._cut + found).split(b"\n")
        return [line.decode("utf-8", "replace") for line in whole]

    def _begun_anew(self) -> bool:
        try:
            now = self._path.stat()
        except FileNotFoundError:  # just between the two
            return False
        return now.st_ino != os.fstat(self._file.fileno()).st_ino or now.st_size < self._file.tell()
