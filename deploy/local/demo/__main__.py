"""`python -m deploy.local.demo`: starts an empty platform, lets a company live on it, reports, and stops."""

import asyncio
import contextlib
import json
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local.demo import report, story
from deploy.local.demo.choices import Choices
from deploy.local.demo.company import write_company
from deploy.local.demo.life import Life
from deploy.local.demo.observer import Observer
from deploy.local.demo.platform_api import PlatformApi
from deploy.local.demo.quiet import Quiet, listeners
from deploy.local.instance import Instance
from deploy.local.kafka_files import VERSION as KAFKA_VERSION
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
) -> None:
    """A company lives through a 12-week program on a real platform of its own, in about a minute.

    Exit codes: 0 done, 1 failed, 2 wrong use. Example: python -m deploy.local.demo --size 300 --seed 1
    """
    try:
        mapping = tomllib.loads(columns.read_text(encoding="utf-8")) if columns else {}
        with _platform(keep=keep) as (instance, places, start_seconds):
            file = people or _synthetic(size, seed)
            asyncio.run(_live(instance, places, file, mapping, seed, start_seconds))
            _where_next(places, keep=keep)
    except (LocalError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        console.print(f"[red]✗[/] {error}", markup=True)
        raise typer.Exit(1) from error


@contextlib.contextmanager
def _platform(*, keep: bool) -> Iterator[tuple[Instance, dict[str, Any], float]]:
    """An empty platform with a test clock; `.local/platform.json` shows where it is while it is up."""
    shown = HOME / "platform.json"
    if shown.exists() and not shown.is_symlink():
        raise LocalError("The platform is up (`make up`). The demo starts an empty one of its own: `make down` first.")
    instance = Instance(ROOT, test_clock=True, service_env={"MENTORING_REQUESTS_PER_SECOND": "10000"})
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


async def _live(
    instance: Instance, places: dict[str, Any], people: Path, columns: dict[str, str], seed: int, start_seconds: float
) -> None:
    started = time.monotonic()
    api = PlatformApi(places["services"], instance.token)
    observer = Observer(",".join(places["kafka"]))
    quiet = Quiet(api, observer, listeners())
    try:
        with _progress() as say:
            life = Life(api, observer, quiet, Choices(seed), say)
            await life.live(people, columns)
        await _write_rejected(life)
        found = report.report(
            life,
            pending=sum(work.get("outbox", 0) for work in (await quiet.pending()).values()),
            parked=await quiet.parked(),
            seconds={"start": start_seconds, "run": time.monotonic() - started},
            servers={"kafka": KAFKA_VERSION, "postgres": await _postgres_version(places)},
        )
    finally:
        await api.close()
        observer.close()
    (ROOT / "report.json").write_text(json.dumps(found, indent=2) + "\n")
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


async def _write_rejected(life: Life) -> None:
    """The refused rows, as the API gives them."""
    path = f"/v1/imports/{life.imported['import_id']}/rejected.csv"
    answer = await life.api.send("GET", "hr-directory", "system", "profiles", path)
    (ROOT / "rejected.csv").write_bytes(answer.content)
    if life.imported["refused"]:
        console.print(f"{life.imported['refused']} rows of the HR file were refused: {ROOT / 'rejected.csv'} says why.")


async def _postgres_version(places: dict[str, Any]) -> str:
    connection = await asyncpg.connect(places["postgres"]["admin"])
    version: str = await connection.fetchval("SHOW server_version")
    await connection.close()
    return version.split(maxsplit=1)[0]


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


if __name__ == "__main__":
    typer.run(main)
