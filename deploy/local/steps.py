"""What the terminal shows while things start: one line per step, with its seconds."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator


class Steps:
    """Call it with the name of a step and do the step inside."""

    def __init__(self, console: Console | None = None, *, quiet: bool = False) -> None:
        self.console = console or Console(stderr=True, quiet=quiet, highlight=False)

    @contextlib.contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        with self.console.status(f"{name} …"):
            yield
        self.console.print(f"[green]✓[/] {name} [dim]{time.monotonic() - began:.1f} s[/]")

    def say(self, sentence: str) -> None:
        """Something worth knowing."""
        self.console.print(sentence)

    def warn(self, sentence: str) -> None:
        """Something to look at that does not stop us."""
        self.console.print(f"[yellow]![/] {sentence}")
