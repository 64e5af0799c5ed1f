"""`parked list|show|replay|discard`: what could not be handled, and bringing it back."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar

import typer

from chassis.console import Json, about, perform, tell_json, tell_table
from chassis.consumer import replay
from chassis.db import TRANSIENT, Tx
from chassis.envelope import first_line
from chassis.errors import Conflict, DomainError
from chassis.process import start
from chassis.running import Running
from chassis.service import Service
from chassis.settings import load

T = TypeVar("T")
SHOWN = ("id", "topic", "key", "type", "event_id", "parked_at", "reason")
SHOWN_OF_ALL = (*SHOWN, "state", "resolved_at", "resolved_by", "resolution")


def _named(name: str) -> str:
    if not name.strip():
        raise typer.BadParameter("say who you are")
    return name.strip()


def _said(reason: str | None) -> str | None:
    if reason is not None and not reason.strip():
        raise typer.BadParameter("say why")
    return reason and reason.strip()


By = Annotated[str, typer.Option("--by", callback=_named, help="your name; it is kept with the message")]
Id = Annotated[int, typer.Argument(metavar="ID", help="its number in `parked list`")]
Why = Annotated[str, typer.Option("--reason", callback=_said, help="why; it is kept")]
PerhapsWhy = Annotated[str | None, typer.Option("--reason", callback=_said, help="why it may come back; it is kept")]


def parked_commands(service: Service) -> typer.Typer:
    """The commands for one service."""
    parked = typer.Typer(
        help=about("Messages that were set aside, with the reason.", "parked list"),
        no_args_is_help=True,
    )
    _add_looking(parked, service)
    _add_resolving(parked, service)
    return parked


def _add_looking(parked: typer.Typer, service: Service) -> None:
    @parked.command("list")
    def _list(
        *,
        ever: Annotated[bool, typer.Option("--all", help="also what was resolved: by whom, and why")] = False,
        as_json: Json = False,
    ) -> None:
        """Lists what is parked, oldest first; with --all what ever was, newest first.

        Example: parked list --json

        Exit codes: 0 listed (however many there are), 1 the database could not be asked, 2 wrong use.
        """
        rows = _run(service, lambda running: _read(running, replay.ever if ever else replay.waiting))
        found = [{name: row[name] for name in (SHOWN_OF_ALL if ever else SHOWN)} for row in rows]
        if as_json:
            tell_json(found)
        else:
            _tell(found)

    @parked.command("show")
    def _show(parked_id: Id, as_json: Json = False) -> None:
        """Shows one message with headers and body, which may hold personal data; and what became of it.

        Example: parked show 17

        Exit codes: 0 shown, 1 there is none of this number, 2 wrong use.
        """
        row = _run(service, lambda running: _read(running, lambda tx: replay.find(tx, parked_id)))
        found = dict(row) | {"body": row["body"].decode("utf-8", "backslashreplace")}
        if as_json:
            tell_json(found)
        else:
            tell_table(("field", "value"), [(name, value) for name, value in found.items() if value is not None])


def _add_resolving(parked: typer.Typer, service: Service) -> None:
    @parked.command("replay")
    def _replay(parked_id: Id, by: By, reason: PerhapsWhy = None) -> None:
        """Brings back the whole story that this message belongs to, in order, up to the first that fails again.

        Example: parked replay 17 --by Ada --reason "mended in release 2027.2"

        Exit codes: 0 replayed, 1 it failed again or there is none of this number, 2 wrong use.
        """

        async def work(running: Running) -> int:
            row = await _read(running, lambda tx: replay.find(tx, parked_id))
            try:
                return await _replayer(running).replay(row["topic"], row["key"], by=by, reason=reason)
            except (DomainError, *TRANSIENT):
                raise
            except Exception as error:
                raise Conflict(f"the next message of the story failed again: {_words(error)}") from error

        typer.echo(f"{_run(service, work)} replayed")

    @parked.command("discard")
    def _discard(parked_id: Id, by: By, reason: Why) -> None:
        """Takes one message out for good. Who did it, and why, is kept and cannot be changed.

        Example: parked discard 17 --by Ada --reason "test data"

        Exit codes: 0 discarded, 1 there is none of this number or it was resolved before, 2 wrong use.
        """
        _run(service, lambda running: _replayer(running).discard(parked_id, by=by, reason=reason))
        typer.echo("discarded")


def _tell(rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        typer.echo("{id:>8}  {topic}  {key}  {type}  {parked_at}\n          {reason}".format(**row))
        if row.get("resolved_at"):
            why = f": {row['resolution']}" if row["resolution"] else ""
            typer.echo("          {state} by {resolved_by} at {resolved_at}".format(**row) + why)
    waiting = sum(row.get("state", "parked") == "parked" for row in rows)
    typer.echo(f"{waiting} parked")


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error)}"


def _replayer(running: Running) -> replay.Replayer:
    return replay.Replayer(running.database, running.clock, running.service.reactions)


async def _read(running: Running, work: Callable[[Tx], Awaitable[T]]) -> T:
    return await running.database.run(work, read_only=True)


def _run(service: Service, work: Callable[[Running], Awaitable[T]]) -> T:
    settings = load(service.settings)

    async def main() -> T:
        running = await start(service, settings)
        try:
            return await work(running)
        finally:
            await running.pool.close()

    return perform(main, settings)
