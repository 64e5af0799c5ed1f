"""`told-before list|status`: what lies on our topics and not in this database, since it went back."""

import asyncio
import json
from typing import Annotated, Any

import typer

from chassis import told_before
from chassis.process import start
from chassis.service import Service
from chassis.settings import load

Json = Annotated[bool, typer.Option("--json", help="for programs")]


def told_before_commands(service: Service) -> typer.Typer:
    """The commands for one service."""
    commands = typer.Typer(
        help="Events on our topics that this database does not know: it was restored to before them.",
        no_args_is_help=True,
    )

    @commands.command("status")
    def _status(as_json: Json = False) -> None:
        """Says whether the database went back, and how many events are lost to it. Example: told-before status"""
        found = asyncio.run(_ask(service, told_before.counted))
        typer.echo(json.dumps(dict(found), default=str) if as_json else _sentence(found))

    @commands.command("list")
    def _list(as_json: Json = False) -> None:
        """Lists the events whose effect this database has lost, the oldest first. Example: told-before list --json"""
        rows = asyncio.run(_ask(service, told_before.listed))
        if as_json:
            typer.echo(json.dumps([dict(row) for row in rows], default=str))
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


async def _ask(service: Service, question: Any) -> Any:
    running = await start(service, load(service.settings))
    try:
        return await running.database.run(question, read_only=True)
    finally:
        await running.pool.close()
