"""`python -m deploy.local.demo`: starts an empty platform, lets a company live on it, reports, and stops."""

import contextlib
import json
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local.demo import story
from deploy.local.demo.company import write_company
from deploy.local.demo.play import play
from deploy.local.instance import Instance
from deploy.local.logbook.check import check
from deploy.local.problems import LocalError

HOME = Path(".local")
ROOT = HOME / "demo"
console = Console(highlight=False, soft_wrap=True)


def main(
    size: Annotated[int, typer.Option(min=20, max=20_000, help="people in the synthetic company")] = 300,
    seed: Annotated[int, typer.Option(help="the same seed gives the same numbers")] = 1,
    people: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="your own HR file instead")] = None,
    columns: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="TOML: our name = yours")] = None,
    keep: Annotated[bool, typer.Option(help="leave the platform up at the end")] = False,
    image: Annotated[str, typer.Option(help="run the services as containers of this image")] = "",
) -> None:
    """A company lives through a 12-week program on a real platform of its own, in about a minute.

    Example: python -m deploy.local.demo --size 300 --seed 1

    Exit codes: 0 done, 1 failed, 2 wrong use.
    """
    try:
        mapping = tomllib.loads(columns.read_text(encoding="utf-8")) if columns else {}
        with _platform(keep=keep, image=image) as (instance, places, start_seconds):
            file = people or _synthetic(size, seed)
            _live(instance, file, mapping, seed, start_seconds)
            _where_next(places, keep=keep)
        _look_at_lines(instance)  # also at those of the end
    except (LocalError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        console.print(f"[red]✗[/] {error}", markup=True)
        raise typer.Exit(1) from error


@contextlib.contextmanager
def _platform(*, keep: bool, image: str) -> Iterator[tuple[Instance, dict[str, Any], float]]:
    """An empty platform with a test clock; `.local/platform.json` shows where it is while it is up."""
    shown = HOME / "platform.json"
    if shown.exists() and not shown.is_symlink():
        raise LocalError("The platform is up (`make up`). The demo starts an empty one of its own: `make down` first.")
    instance = Instance(ROOT, test_clock=True, service_env={"MENTORING_REQUESTS_PER_SECOND": "10000"}, image=image)
    started = time.monotonic()
    places = instance.start(fresh=True)
    shown.unlink(missing_ok=True)
    shown.symlink_to(instance.file.relative_to(HOME.resolve()))
    try:
        yield instance, places, time.monotonic() - started
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            instance.stop()
            shown.unlink(missing_ok=True)


def _synthetic(size: int, seed: int) -> Path:
    file = ROOT / "people.csv"
    write_company(file, size=size, seed=seed)
    return file


def _live(instance: Instance, people: Path, columns: dict[str, str], seed: int, start_seconds: float) -> None:
    with _progress() as say:
        playing = play(instance, people, columns=columns, seed=seed, say=say, start_seconds=start_seconds)
        life, found = uvloop.run(playing)
    (ROOT / "report.json").write_text(json.dumps(found, indent=2) + "\n")
    if found["rejected"]:
        console.print(f"{found['rejected']} rows of the HR file were refused: {ROOT / 'rejected.csv'} says why.")
    story.tell(life, console)
    story.figures(found, console)


@contextlib.contextmanager
def _progress() -> Iterator[Any]:
    columns = (BarColumn(bar_width=24), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        said = ""

        def say(what: str, share: float) -> None:
            nonlocal said
            bar.update(task, description=what, completed=share)
            week = what.split(" · ")[1] if " · " in what else what
            if not console.is_terminal and week != said:  # a log gets a line a week, not a bar
                console.print(what)
            said = week

        yield say


def _where_next(places: dict[str, Any], *, keep: bool) -> None:
    console.print(f"\nLetters: {ROOT / 'letters'} (open one with a mail program) · figures: {ROOT / 'report.json'}")
    if keep:
        for name, url in places["services"].items():
            console.print(f"  {name:<14} {url}/docs")
        console.print(
            "The platform is still up: `make status`, `make logs`, `make token ROLE=coordinator`, `make down`."
        )
    else:
        console.print("Everything is stopped. `make demo KEEP=1` leaves it up; `make up` starts one to work with.")


def _look_at_lines(instance: Instance) -> None:
    found = check(instance.processes.logs)
    console.print(str(found), style="red" if found.wrong else "")
    if found.wrong:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
