"""The platform's own commands: `python -m chassis …`. Those of a service are made in `cli.py`."""

from pathlib import Path
from typing import Annotated

import typer

from chassis.topics_cli import trace

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Commands about the platform as a whole.")
contracts = typer.Typer(no_args_is_help=True, help="The events others rely on, compared with the last release.")
app.add_typer(contracts, name="contracts")
app.command()(trace)

ROOT = Path(__file__).resolve().parent.parent


@app.command()
def docs(
    *,
    check: Annotated[bool, typer.Option(help="write nothing; exit 1 if a document is not fresh")] = False,
) -> None:
    """Makes docs/events.md, docs/asyncapi.yaml and docs/schemas/ from the contracts, docs/logs.* from the log lines."""
    from chassis.contract_docs import stale, write  # noqa: PLC0415 - needs PyYAML, which production lacks

    paths = stale(ROOT) if check else write(ROOT)
    for path in paths:
        typer.echo(f"{'stale' if check else 'written'}: {path}")
    if check and paths:
        typer.echo("Run `python -m chassis docs` and commit what it wrote.", err=True)
        raise typer.Exit(1)


@contracts.command("check")
def contracts_check() -> None:
    """Says in a sentence each what the present contracts would break, and for whom."""
    from chassis.contract_docs import released  # noqa: PLC0415 - needs PyYAML, which production lacks

    breaks = released.breaks(ROOT)
    for sentence in breaks:
        typer.echo(f"- {sentence}")
    if breaks:
        typer.echo(released.WAY_OUT, err=True)
        raise typer.Exit(1)
    typer.echo("The contracts are compatible with the last release.")


@contracts.command("freeze")
def contracts_freeze() -> None:
    """Freezes an example (tests/contracts/golden/) of each event that has none yet."""
    from chassis.contract_docs import released  # noqa: PLC0415 - needs PyYAML, which production lacks

    for path in released.freeze(ROOT):
        typer.echo(f"written: {path}")


@contracts.command("release")
def contracts_release(
    although: Annotated[str, typer.Option(help="why a break may go out all the same; it is recorded")] = "",
) -> None:
    """Makes the present contracts the released ones, and freezes an example of each new event."""
    from chassis.contract_docs import released  # noqa: PLC0415 - needs PyYAML, which production lacks

    try:
        for path in released.release(ROOT, although=although):
            typer.echo(f"written: {path}")
    except released.Breaks as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app()
