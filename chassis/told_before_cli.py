"""`told-before list|status`: what lies on our topics and not in this database, since it went back."""

from typing import Any

import typer

from chassis import told_before
from chassis.console import Json, about, perform, tell_json
from chassis.process import start
from chassis.service import Service
from chassis.settings import load


def told_before_commands(service: Service) -> typer.Typer:
    """The commands for one service."""
    commands = typer.Typer(
        help=about(
            "Events on our topics that this database does not know: it was restored to before them.",
            "told-before status",
        ),
        no_args_is_help=True,
    )

    @commands.command("status")
    def _status(as_json: Json = False) -> None:
        """Says whether the database went back, and how many events are lost to it.

        Example: told-before status

        Exit codes: 0 said (however many are lost), 1 the database could not be asked, 2 wrong use.
        """
        found = _ask(service, told_before.counted)
        if as_json:
            tell_json(dict(found))
            return
        typer.echo(_sentence(found))

    @commands.command("list")
    def _list(as_json: Json = False) -> None:
        """Lists the events whose effect this database has lost, the oldest first.

        Example: told-before list --json

        Exit codes: 0 listed (however many), 1 the database could not be asked, 2 wrong use.
        """
        rows = _ask(service, told_before.listed)
        if as_json:
            tell_json([dict(row) for row in rows])
            return
        for row in rows:
            typer.echo("{told_at:%Y-%m-%d %H:%M:%S}  {topic}  {key}#{sequence}  {type}  {event_id}".format(**row))
        typer.echo(f"{len(rows)} told before and not known here")

    return commands


def _sentence(found: Any) -> str:
    if not found["found"]:
        return "This database never went back behind its topics."
    return (
        "This database went back: {found} events told from {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC"
        " were not known to it; {open} of them are not so here (told-before list)."
    ).format(**found)


def _ask(service: Service, question: Any) -> Any:
    settings = load(service.settings)

    async def ask() -> Any:
        running = await start(service, settings)
        try:
            return await running.database.run(question, read_only=True)
        finally:
            await running.pool.close()

    return perform(ask, settings)
