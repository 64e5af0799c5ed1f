"""The command line: `python -m deploy.local up | down | status | logs | run | token | smtp | setup`."""

# ruff: noqa: PLC0415  each command imports what it needs, so that the SMTP process stays small

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from deploy.local.children import LOOPBACK, REPOSITORY
from deploy.local.problems import LocalError

EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted."
ABOUT = "The platform on this machine, without containers."
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help=f"{ABOUT}\n\nExample: python -m deploy.local up\n\n{EXIT_CODES}",
)
Root = Annotated[Path, typer.Option(help="Where this instance keeps its data.", envvar="MENTORING_LOCAL_ROOT")]
Level = Literal["debug", "info", "warning", "error"]
LINES = 40
HOME = REPOSITORY / ".local"
SHOWN = HOME / "platform.json"


def _here() -> Path:
    """The instance that `platform.json` shows: ours, or the demo's while it is up."""
    return SHOWN.resolve().parent if SHOWN.is_symlink() and SHOWN.exists() else HOME


HERE = _here()


@app.command()
def setup() -> None:
    """Bring Apache Kafka's files and check them; quiet when they are there.

    Example: setup

    Exit codes: 0 they are there, 1 they cannot be had, 2 wrong use.
    """
    from deploy.local import kafka

    kafka.prepare()


@app.command()
def up(
    root: Root = HERE,
    *,
    servers_only: Annotated[bool, typer.Option("--servers-only", help="Kafka, PostgreSQL and SMTP only.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget earlier data.")] = False,
    image: Annotated[str, typer.Option(help="Run the services as containers of this image.")] = "",
) -> None:
    """Start the platform on this machine and say where everything is.

    Example: up --servers-only

    Exit codes: 0 up, 1 something did not start, 2 wrong use, 130 interrupted.
    """
    from deploy.local import show
    from deploy.local.instance import Instance

    show.places(Instance(root, image=image).start(fresh=fresh, servers_only=servers_only))


@app.command()
def down(root: Root = HERE) -> None:
    """Stop everything; data stays.

    Example: down

    Exit codes: 0 nothing runs now, 1 failed, 2 wrong use.
    """
    from deploy.local.instance import Instance

    stopped = Instance(root).stop()
    if SHOWN.is_symlink():
        SHOWN.unlink()
    print("Stopped: " + ", ".join(stopped) + "." if stopped else "Nothing was running.")


@app.command()
def status(root: Root = HERE) -> None:
    """What runs, since when, with how much memory.

    Example: status

    Exit codes: 0 all runs, 1 something that should run does not, 2 wrong use.
    """
    from deploy.local import show
    from deploy.local.instance import Instance

    raise typer.Exit(0 if show.status(Instance(root)) else 1)


@app.command()
def logs(
    service: Annotated[str, typer.Argument(help="One part only, for example matching or kafka.")] = "",
    root: Root = HERE,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come in.")] = False,
    level: Annotated[Level, typer.Option(help="Only lines as grave as this, and graver.")] = "debug",
    story: Annotated[str, typer.Option(help="Only lines that hold this id: of a story, a trace, a letter …")] = "",
    lines: Annotated[int | None, typer.Option(min=0, help="How many of each part; 0: all. 40, of a story all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, as in a pipe.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Readable lines, as on a terminal.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Show nothing; is each line as docs/logs.md says?")] = False,
) -> None:
    """The last log lines of every part, or of one, by time: readable on a terminal, JSON in a pipe.

    Others: logs --level warning; logs --story ID; logs --lines 0 | jq .event

    Example: logs matching --follow

    Exit codes: 0 shown; 1 no such log, or with --check a line that is not as docs/logs.md says; 2 wrong use.
    """
    from deploy.local.logbook.lines import Wanted
    from deploy.local.logbook.reading import read

    folder = root / "run" / "logs"
    if check:
        raise typer.Exit(0 if _as_described(folder) else 1)
    if as_json and plain:
        raise typer.BadParameter("say --json or --plain, not both", param_hint="--json")
    most = lines if lines is not None else (0 if story else LINES)
    json = as_json or not (plain or sys.stdout.isatty())
    try:
        shown = read(folder, service, Wanted(level, story), lines=most, follow=follow, json=json)
    except KeyboardInterrupt:  # the usual end of following
        return
    except BrokenPipeError:  # who reads us has enough, as `head` has; nothing is left to be flushed at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    if not shown:
        print("No line is as you asked for.", file=sys.stderr)


def _as_described(folder: Path) -> bool:
    from deploy.local.logbook.check import check

    found = check(folder)
    print(found)
    return not found.wrong


# What stands behind the service's name is the service's: also --json, --by and --help.
@app.command(context_settings={"allow_interspersed_args": False})
def run(
    service: Annotated[str, typer.Argument(help="profiles, matching, engagement or notifications; or chassis.")],
    command: Annotated[list[str], typer.Argument(help="Its command, for example: parked list")],
    root: Root = HERE,
) -> None:
    """Run a command of a service, or of the platform as a whole, with the addresses of this instance.

    Example: run matching parked list

    Exit codes: those of the command; 1 the platform is not up, 2 wrong use.
    """
    from deploy.local.instance import Instance
    from deploy.local.logins import ADMIN
    from deploy.local.plan import Own, Plan
    from deploy.local.ports import Ports
    from deploy.local.roles import SERVICES

    if service not in {*SERVICES, "chassis"}:
        raise LocalError(f"There is no service {service}. There are: {', '.join(SERVICES)}.")
    instance = Instance(root)
    where = instance.places()
    guarded = "kafka_security" in where
    plan = Plan(instance.root, Ports(**where["ports"]), Own(**where["own"]), guarded=guarded)
    # Only migrations may change tables; everything else runs with the service's own rights.
    module, env = (
        (f"services.{service}", plan.env(service, owner=command[0] == "migrate"))
        if service in SERVICES
        else (service, plan.kafka_env(ADMIN))
    )
    sys.stdout.flush()
    os.chdir(REPOSITORY)
    os.execve(sys.executable, [sys.executable, "-m", module, *command], {**os.environ, **env})  # noqa: S606  it takes over


@app.command()
def token(
    role: Annotated[list[str], typer.Option(help="participant, coordinator, administrator or system; repeatable.")],
    root: Root = HERE,
    subject: Annotated[str, typer.Option(help="Whose token: a person's id, or a name of your own.")] = "",
    scope: Annotated[list[str] | None, typer.Option(help="For the role system; repeatable.")] = None,
    minutes: Annotated[int, typer.Option(min=1, help="How long it is good for.")] = 60,
) -> None:
    """Print a bearer token for the local services.

    Example: token --role coordinator --minutes 60

    Exit codes: 0 printed, 1 failed, 2 wrong use.
    """
    from deploy.local.identity import issue

    print(issue(root / "identity", subject or f"local-{role[0]}", role, scopes=scope or (), minutes=minutes))


@app.command()
def smtp(
    port: Annotated[int, typer.Option(help="Where to listen.")],
    letters: Annotated[Path, typer.Option(help="The folder for the letters.")],
    host: Annotated[str, typer.Option(help="On which address.")] = LOOPBACK,
) -> None:
    """Take letters by SMTP and keep each as an .eml file.

    Example: smtp --port 2525 --letters /tmp/letters

    Exit codes: 0 stopped as asked, 1 failed, 2 wrong use.
    """
    import asyncio

    from deploy.local.smtp import serve

    asyncio.run(serve(port, letters, host))


@app.command(name="kafka-lock", hidden=True)
def kafka_lock() -> None:
    """Write the list of Kafka's jars anew (for whoever raises the version).

    Example: kafka-lock

    Exit codes: 0 written, 1 failed, 2 wrong use.
    """
    from rich.console import Console

    from deploy.local.kafka_files import write_checksums

    write_checksums(Console(stderr=True))


def main() -> None:
    """Run a command; what goes wrong is a sentence and exit code 1."""
    try:
        app()
    except LocalError as problem:
        print(f"✗ {problem}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Interrupted. `make up` goes on where it stopped, `make down` stops everything.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
