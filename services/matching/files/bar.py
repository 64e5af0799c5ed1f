"""A bar for whoever watches a cohort being matched; nothing where the messages do not go to a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from services.matching.engine.survey import Progress as Told

COLUMNS = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())


@contextmanager
def bar() -> Iterator[Told]:
    """Draws what it is told, until the block ends; then the bar is gone."""
    console = Console(stderr=True)
    with Progress(*COLUMNS, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("people", total=1.0)

        def tell(phase: str, share: float, matched_bound: int | None = None) -> None:
            known = "" if matched_bound is None else f", at most {matched_bound} matched"
            shown.update(task, description=phase + known, completed=share)

        yield tell
