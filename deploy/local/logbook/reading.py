"""`make logs`: what a person or a program asked for, from what is there and from what comes."""

from __future__ import annotations

import heapq
import sys
from collections import deque
from typing import TYPE_CHECKING

from rich.console import Console

from deploy.local.logbook.files import Follower, lines_of, parts_in
from deploy.local.logbook.lines import Line, Wanted, understand
from deploy.local.logbook.show import as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    Show = Callable[[Line], None]


def read(folder: Path, part: str, wanted: Wanted, *, lines: int, follow: bool, json: bool) -> int:
    """Shows the last lines that are wanted (0: all), of all parts by time, and those that come; gives how many."""
    show = _as_program() if json else _as_person()
    paths = parts_in(folder, part)
    follower = Follower(folder, part) if follow else ()
    shown = 0
    for line in heapq.merge(*(last(name, path, wanted, lines) for name, path in paths.items()), key=_at):
        show(line)
        shown += 1
    for new in follower:
        for line in filter(wanted, _in_order(new)):
            show(line)
    return shown


def last(part: str, path: Path, wanted: Wanted, most: int) -> Iterable[Line]:
    """The last lines of one part that are wanted, the oldest first."""
    kept: deque[Line] = deque(maxlen=most or None)
    before: Line | None = None
    for text in lines_of(path):
        before = understand(part, text, before=before)
        if wanted(before):
            kept.append(before)
    return kept


def _in_order(new: list[tuple[str, str]]) -> list[Line]:
    before: dict[str, Line] = {}
    lines = []
    for part, text in new:
        before[part] = understand(part, text, before=before.get(part))
        lines.append(before[part])
    return sorted(lines, key=_at)


def _at(line: Line) -> datetime:
    return line.at


def _as_program() -> Show:
    def show(line: Line) -> None:
        sys.stdout.write(as_json(line) + "\n")
        sys.stdout.flush()

    return show


def _as_person() -> Show:
    console = Console(highlight=False, soft_wrap=True)
    return lambda line: console.print(as_text(line))
