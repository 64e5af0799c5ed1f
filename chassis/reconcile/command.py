"""`reconcile`: what was committed against what is on the topics."""

from collections.abc import Sequence

import typer

from chassis.connections import open_connection
from chassis.console import Json, perform, progress, tell_json, tell_table
from chassis.reconcile.compare import compare
from chassis.reconcile.outcome import Outcome
from chassis.service import Service
from chassis.settings import Settings, load

COLUMNS = ("topic", "stories", "records", "waiting", "set aside", "expired", "differences")


def add_reconcile(app: typer.Typer, service: Service) -> None:
    """Adds the command, where the service tells anything."""
    if not service.tells:
        return

    @app.command("reconcile")
    def _reconcile(as_json: Json = False) -> None:
        """Compares what was committed with what is on the topics, and names each event that is missing.

        Reads every topic that this service tells on from its beginning, while all goes on; changes nothing.

        Example: reconcile

        Exit codes: 0 all is there, 1 something differs or could not be read, 2 wrong use.
        """
        settings = load(service.settings)
        outcomes = perform(lambda: _compare(service, settings), settings)
        found = sum(outcome.differences for outcome in outcomes)
        if as_json:
            topics = [outcome.as_dict() for outcome in outcomes]
            tell_json({"service": service.name, "differences": found, "topics": topics})
        else:
            _tell(outcomes)
        raise typer.Exit(1 if found else 0)


async def _compare(service: Service, settings: Settings) -> list[Outcome]:
    connection = await open_connection(settings.database_address, name=f"{service.name}-reconcile")
    try:
        return await compare(service.told_topics, settings, connection, progress)
    finally:
        await connection.close(timeout=5)


def _tell(outcomes: Sequence[Outcome]) -> None:
    rows = [
        (each.topic, each.stories, each.records, each.waiting, each.set_aside, each.expired, each.differences)
        for each in outcomes
    ]
    tell_table(COLUMNS, rows, numbers=COLUMNS[1:])
    for outcome in outcomes:
        for difference in outcome.named:
            typer.echo(str(difference))
        if outcome.differences > len(outcome.named):
            typer.echo(f"{outcome.topic}: and {outcome.differences - len(outcome.named)} more")
        if outcome.forgotten:
            typer.echo(f"{outcome.topic}: {outcome.forgotten} keys end with a tombstone and were not compared")
    total = sum(outcome.differences for outcome in outcomes)
    typer.echo(f"{total} stories differ" if total else "Everything that was committed is on its topic.")
