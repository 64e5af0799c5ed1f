"""`python -m deploy.subscribers`: typed models, example clients, the AsyncAPI page."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from deploy.local.children import REPOSITORY
from deploy.local.problems import LocalError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
PLATFORM = REPOSITORY / ".local" / "platform.json"
Platform = Annotated[Path, typer.Option(help="where Kafka is and how to log in, as `make up` writes it")]


@app.command()
def models(
    languages: Annotated[list[str] | None, typer.Argument(help="python, java, go, typescript; default: all")] = None,
) -> None:
    """Writes typed models of every event beside the example clients (docs/subscribers/…); git ignores them.

    Example: python -m deploy.subscribers models go. Exit code 1: a generator is missing or has failed.
    """
    from deploy.subscribers.clients import LANGUAGES, SOURCES  # noqa: PLC0415 - each command imports what it needs
    from deploy.subscribers.models import PLACES, generate  # noqa: PLC0415

    for language in languages or LANGUAGES:
        if language not in PLACES:
            raise LocalError(f"There are no models in {language}. There are: {', '.join(PLACES)}.")
        typer.echo(f"written: {generate(language, SOURCES / language).relative_to(REPOSITORY)}")


# What stands behind the language is the client's: also --name and --until-end.
@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run(
    language: Annotated[str, typer.Argument(help="python, java, go or typescript")],
    options: Annotated[list[str] | None, typer.Argument(help="the client's own, for example --until-end")] = None,
    platform: Platform = PLATFORM,
) -> None:
    """Builds an example client and runs it against the platform of this machine.

    Example: python -m deploy.subscribers run go --until-end. Exit code 1: a tool is missing, or the platform is not up.
    """
    from deploy.subscribers.clients import login, prepare  # noqa: PLC0415

    where = login(platform)
    client = prepare(language)
    sys.stdout.flush()
    os.chdir(client.folder)
    os.execvpe(client.command[0], [*client.command, *(options or [])], {**os.environ, **where})  # noqa: S606  it takes over


@app.command()
def env(platform: Platform = PLATFORM) -> None:
    """Prints what the clients want to know of the local platform, for `eval` in a shell.

    Example: eval "$(.venv/bin/python -m deploy.subscribers env)". Exit code 1: the platform is not up.
    """
    import shlex  # noqa: PLC0415

    from deploy.subscribers.clients import login  # noqa: PLC0415

    for name, value in login(platform).items():
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def page(
    out: Annotated[Path, typer.Option(help="one file, to be opened or served anywhere")] = REPOSITORY
    / ".local/asyncapi.html",
) -> None:
    """Writes the AsyncAPI document as a page to browse: one file that needs no network.

    Example: python -m deploy.subscribers page --out /srv/www/events.html. Exit code 1: no npm, or no network.
    """
    from deploy.subscribers.page import write_page  # noqa: PLC0415

    write_page(out)
    typer.echo(f"written: {out}")


def main() -> None:
    """Run a command; what goes wrong is a sentence and exit code 1."""
    try:
        app()
    except LocalError as problem:
        typer.echo(f"✗ {problem}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
