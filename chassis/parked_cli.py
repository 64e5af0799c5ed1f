"""`parked list|show|replay|discard`: what could not be handled, and bringing it back."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer

from chassis.consumer import replay
from chassis.db import Tx
from chassis.errors import DomainError
from chassis.process import start
from chassis.running import Running
from chassis.service import Service
from chassis.settings import load

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", help="for programs")]
By = Annotated[str, typer.Option("--by", help="your name; it is kept with the message")]


def parked_commands(service: Service) -> typer.Typer:
    """The commands for one service."""
    parked = typer.Typer(help="Messages that were set aside, with the reason.", no_args_is_help=True)
    _add_looking(parked, service)
    _add_resolving(parked, service)
    return parked


def _add_looking(parked: typer.Typer, service: Service) -> None:
    @parked.command("list")
    def _list(as_json: Json = False) -> None:
        """Lists what is parked, oldest first. Example: parked list --json"""
        rows = [_summary(row) for row in _run(service, lambda running: _read(running, replay.waiting))]
        if as_json:
            typer.echo(json.dumps(rows, default=str))
            return
        for row in rows:
            typer.echo("{id:>8}  {topic}  {key}  {type}  {parked_at}\n          {reason}".format(**row))
        typer.echo(f"{len(rows)} parked")

    @parked.command("show")
    def _show(parked_id: int, as_json: Json = False) -> None:
        """Shows one message with headers and body. Example: parked show 17"""
        row = _run(service, lambda running: _read(running, lambda tx: replay.find(tx, parked_id)))
        found = dict(row) | {"body": row["body"].decode("utf-8", "backslashreplace")}
        typer.echo(json.dumps(found, default=str, indent=None if as_json else 2))


def _add_resolving(parked: typer.Typer, service: Service) -> None:
    @parked.command("replay")
    def _replay(parked_id: int, by: By) -> None:
        """Replays the whole story that this message belongs to, in order. Example: parked replay 17 --by Ada"""

        async def work(running: Running) -> int:
            row = await _read(running, lambda tx: replay.find(tx, parked_id))
            return await _replayer(running).replay(row["topic"], row["key"], by=by)

        typer.echo(f"{_run(service, work)} replayed")

    @parked.command("discard")
    def _discard(parked_id: int, by: By, reason: Annotated[str, typer.Option(help="why; it is kept")]) -> None:
        """Takes one message out for good.

        Example: parked discard 17 --by Ada --reason "test data".
        """
        _run(service, lambda running: _replayer(running).discard(parked_id, by=by, reason=reason))
        typer.echo("discarded")


def _summary(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "topic", "key", "type", "event_id", "parked_at", "reason")}


def _replayer(running: Running) -> replay.Replayer:
    return replay.Replayer(running.database, running.clock, running.service.reactions)


async def _read(running: Running, work: Callable[[Tx], Awaitable[T]]) -> T:
    return await running.database.run(work, read_only=True)


def _run(service: Service, work: Callable[[Running], Awaitable[T]]) -> T:
    async def main() -> T:
        running = await start(service, load(service.settings))
        try:
            return await work(running)
        finally:
            await running.pool.close()

    try:
        return asyncio.run(main())
    except DomainError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
