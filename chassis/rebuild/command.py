"""`replay`: fills the read models again from the topics, beside the live ones, and puts right what differs."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from chassis.connections import open_connection, speak_json
from chassis.console import Json, perform, progress, tell_json, tell_table
from chassis.rebuild.model import ReadModel
from chassis.rebuild.position import position_of
from chassis.rebuild.work import Rebuild, Result
from chassis.service import Service
from chassis.settings import Settings, load
from chassis.topic_reader import reading

BEGINNING = "beginning"
MOST_NAMED = 50


@dataclass(frozen=True)
class Wish:
    """What was asked for."""

    since: datetime | None
    check: bool
    delete_unknown: bool


def add_replay(app: typer.Typer, service: Service) -> None:
    """Adds the command, where the service has read models."""
    if not service.read_models:
        return

    @app.command("replay")
    def _replay(
        since: Annotated[
            str, typer.Option("--from", metavar="T", help="`beginning`, or an instant: 2027-01-11T09:00Z")
        ] = BEGINNING,
        table: Annotated[list[str] | None, typer.Option(help="only this read model; repeatable")] = None,
        *,
        check: Annotated[bool, typer.Option("--check", help="compare only; exit 1 if a row differs")] = False,
        delete_unknown: Annotated[
            bool, typer.Option("--delete-unknown", help="also delete rows that the topics say nothing of")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Fills read models again from the topics, beside the live ones, and puts right what differs.

        The service goes on meanwhile. Nothing is told, no letter is written, no timer set; only rows that differ are
        replaced, in one short transaction for each table.

        Example: replay --from beginning --check

        Exit codes: 0 equal now, 1 rows differ or it could not be done, 2 wrong use.
        """
        wish = Wish(_instant(since), check, delete_unknown)
        models, settings = _chosen(service, table), load(service.settings)
        results, events = perform(lambda: _work(service, models, settings, wish), settings)
        if as_json:
            tables = [result.as_dict() for result in results]
            tell_json({"service": service.name, "events": events, "tables": tables})
        else:
            _tell(results, events)
        raise typer.Exit(1 if any(result.left for result in results) else 0)


def _instant(text: str) -> datetime | None:
    if text == BEGINNING:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is neither `beginning` nor an instant", param_hint="--from") from error
    if at.tzinfo is None:
        raise typer.BadParameter(f"{text} has no time zone: say {text}Z for UTC", param_hint="--from")
    return at.astimezone(UTC)


def _chosen(service: Service, tables: Sequence[str] | None) -> list[ReadModel]:
    known = {model.table: model for model in service.read_models}
    if unknown := set(tables or ()) - set(known):
        there = ", ".join(known)
        raise typer.BadParameter(f"no read model is called {min(unknown)}; there are: {there}", param_hint="--table")
    return [model for name, model in known.items() if not tables or name in tables]


async def _work(
    service: Service, models: Sequence[ReadModel], settings: Settings, wish: Wish
) -> tuple[list[Result], int]:
    whole = wish.since is None
    async with _rebuild(service, models, settings) as rebuild:
        total = await rebuild.prepare(wish.since)
        with progress("reading the topics", total) as advance:
            results = await rebuild.compare(advance, whole=whole)
        if not wish.check:
            results = await rebuild.swap(results, whole=whole, delete_unknown=wish.delete_unknown)
        return results, rebuild.events


@asynccontextmanager
async def _rebuild(service: Service, models: Sequence[ReadModel], settings: Settings) -> AsyncIterator[Rebuild]:
    # However many people there are: a statement may take as long as it takes, and holds nobody else up.
    connection: Any = await open_connection(
        settings.database_address, name=f"{service.name}-replay", command_timeout=None
    )
    try:
        await connection.execute("SET statement_timeout = 0")
        await speak_json(connection)
        topics = sorted({topic for model in models for topic in model.topics})
        async with reading(settings, topics) as reader, position_of(settings, service.name) as position:
            yield Rebuild(connection, reader, position, models, service.name)
    finally:
        await connection.close(timeout=5)


def _tell(results: Sequence[Result], events: int) -> None:
    columns = ("table", "differed", "replaced", "deleted", "left", "changing", "parked")
    rows = [
        (each.table, len(each.differing), each.replaced, each.deleted, each.left, len(each.changing), len(each.aside))
        for each in results
    ]
    tell_table(columns, rows, numbers=columns[1:])
    for result in results:
        for row in result.differing[:MOST_NAMED]:
            what = f"{row.kind}: {', '.join(row.columns)}" if row.columns else row.kind
            typer.echo(f"{result.table} {row.key}  {what}")
        if len(result.differing) > MOST_NAMED:
            typer.echo(f"{result.table}: and {len(result.differing) - MOST_NAMED} more")
        if any(row.kind == "unknown" for row in result.differing) and not result.deleted:
            typer.echo(f"{result.table}: the topics say nothing of rows called unknown; --delete-unknown deletes them")
    left = sum(result.left for result in results)
    typer.echo(f"{events} events taken up; {f'{left} rows differ' if left else 'the read models are equal'}.")
