"""The platform's own commands: `python -m chassis …`. Those of a service are made in `cli.py`."""

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from chassis.completion import add_completion, run_app
from chassis.console import about, fail
from chassis.lag_cli import lag
from chassis.registry.command import topics
from chassis.topics_cli import trace

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help=about("Commands about the platform as a whole.", "python -m chassis lag"),
)
contracts = typer.Typer(
    no_args_is_help=True,
    help=about("The events others rely on, compared with the last release.", "python -m chassis contracts check"),
)
app.command()(trace)
app.command()(lag)
app.add_typer(topics, name="topics")
app.add_typer(contracts, name="contracts")

ROOT = Path(__file__).resolve().parent.parent


# What stands behind the service's name is the service's: also --from, --json and --help.
@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def replay(
    context: typer.Context,
    service: Annotated[str, typer.Option(help="whose read models")],
) -> None:
    """Fills a service's read models again from the topics: `python -m services.SERVICE replay`, with its settings.

    `python -m services.SERVICE replay --help` says all about it.

    Example: python -m chassis replay --service matching --from beginning --check

    Exit codes: 0 equal now, 1 rows differ or it could not be done, 2 wrong use.
    """
    if not (ROOT / "services" / service / "__main__.py").is_file():
        raise typer.BadParameter(f"there is no service {service}", param_hint="--service")
    sys.stdout.flush()
    command = [sys.executable, "-m", f"services.{service}", "replay", *context.args]
    os.execv(sys.executable, command)  # noqa: S606 - it takes over


@app.command()
def docs(
    *,
    check: Annotated[bool, typer.Option(help="write nothing; exit 1 if a document is not fresh")] = False,
) -> None:
    """Makes the pages of events, metrics and log lines from the code, with their schemas and AsyncAPI.

    Example: python -m chassis docs --check

    Exit codes: 0 written, or all is fresh; 1 a document is not fresh; 2 wrong use.
    """
    from chassis.contract_docs import stale, write  # noqa: PLC0415 - needs PyYAML, which production lacks

    paths = stale(ROOT) if check else write(ROOT)
    for path in paths:
        typer.echo(f"{'stale' if check else 'written'}: {path}")
    if check and paths:
        raise fail("Run `python -m chassis docs` and commit what it wrote.")


@contracts.command("check")
def contracts_check() -> None:
    """Says in a sentence each what the present contracts would break, and for whom; and what is not released yet.

    Example: python -m chassis contracts check

    Exit codes: 0 compatible with the last release, 1 something would break, 2 wrong use.
    """
    from chassis.contract_docs import released  # noqa: PLC0415 - needs PyYAML, which production lacks

    breaks = released.breaks(ROOT, today=_today())
    for sentence in breaks:
        typer.echo(f"- {sentence}")
    if breaks:
        raise fail(released.WAY_OUT)
    typer.echo("The contracts are compatible with the last release.")
    for heading, sentences in released.unreleased(ROOT).items():
        typer.echo(f"\n{heading} since then, not released yet:")
        for sentence in sentences:
            typer.echo(f"- {sentence}")


@contracts.command("freeze")
def contracts_freeze() -> None:
    """Freezes an example (tests/contracts/golden/) of each event that has none yet.

    Example: python -m chassis contracts freeze

    Exit codes: 0 frozen, 1 failed, 2 wrong use.
    """
    from chassis.contract_docs import released  # noqa: PLC0415 - needs PyYAML, which production lacks

    for path in released.freeze(ROOT):
        typer.echo(f"written: {path}")


@contracts.command("release")
def contracts_release(
    although: Annotated[str, typer.Option(help="why a break may go out all the same; it is recorded")] = "",
) -> None:
    """Makes the present contracts the released ones, writes what changed, and freezes an example of each new event.

    Example: python -m chassis contracts release --although "nobody has subscribed yet"

    Exit codes: 0 released, 1 it would break somebody, 2 wrong use.
    """
    from chassis.contract_docs import released  # noqa: PLC0415 - needs PyYAML, which production lacks

    try:
        for path in released.release(ROOT, although=although, today=_today()):
            typer.echo(f"written: {path}")
    except released.Breaks as refused:
        raise fail(str(refused)) from None


def _today() -> date:
    return datetime.now(UTC).date()


add_completion(app, "chassis", "chassis")

if __name__ == "__main__":
    run_app(app, "chassis", "chassis")
