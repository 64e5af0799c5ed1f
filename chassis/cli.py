"""The command line of a service: serve, migrate, settings, parked, outbox."""

import asyncio
import json
import sys
from typing import Annotated, Any

import asyncpg
import typer

from chassis.connections import open_connection, refusal
from chassis.parked_cli import parked_commands
from chassis.process import Role, run_forever, serve
from chassis.service import Service
from chassis.settings import PREFIX, Settings, load, variable

Json = Annotated[bool, typer.Option("--json", help="for programs")]


def run(service: Service, *more: typer.Typer) -> None:
    """The service's command line; `more` are commands of its own."""
    app = typer.Typer(help=service.about, no_args_is_help=True, pretty_exceptions_enable=False)
    _add_serve(app, service)
    _add_migrate(app, service)
    _add_settings(app, service)
    app.add_typer(parked_commands(service), name="parked")
    _add_outbox(app, service)
    for commands in more:
        app.registered_commands += commands.registered_commands
        app.registered_groups += commands.registered_groups
    app(prog_name=f"python -m services.{service.name}")


def _add_serve(app: typer.Typer, service: Service) -> None:
    @app.command("serve")
    def _serve(
        role: Annotated[str, typer.Option(help="api, worker or all")] = "all",
        port: Annotated[int, typer.Option(help="HTTP port; a worker serves health and metrics there")] = 8000,
        host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    ) -> None:
        """Runs the service until it is asked to stop (SIGTERM).

        Example: serve --role all --port 8001
        """
        roles: dict[str, Role] = {"api": "api", "worker": "worker", "all": "all"}
        if role not in roles:
            raise typer.BadParameter("say api, worker or all", param_hint="--role")
        run_forever(serve(service, load(service.settings), role=roles[role], host=host, port=port))


def _add_migrate(app: typer.Typer, service: Service) -> None:
    @app.command("migrate")
    def _migrate(
        sql: Annotated[bool, typer.Option("--sql", help="print the SQL instead of running it")] = False,
    ) -> None:
        """Brings the schema to the newest version. Safe to start several times at once.

        Needs MENTORING_OWNER_DATABASE_URL. Example: migrate --sql
        """
        from chassis import migrate as migrations  # noqa: PLC0415 - Alembic is heavy and only needed here

        if sql:
            typer.echo(migrations.as_sql(service))
            return
        owner = load(service.settings).owner_database_address()
        if owner is None:
            raise typer.BadParameter(f"set {PREFIX}OWNER_DATABASE_URL to the owner role's address")
        try:
            applied = asyncio.run(migrations.migrate(service, owner))
        except (asyncpg.PostgresError, OSError) as error:
            raise refusal(error, owner) or error from error
        typer.echo(f"{service.name}: applied {', '.join(applied)}" if applied else f"{service.name}: up to date")


def _add_settings(app: typer.Typer, service: Service) -> None:
    @app.command("settings")
    def _settings(as_json: Json = False) -> None:
        """Shows the effective settings and where each comes from; secrets are masked."""
        rows = list(effective(load(service.settings)))
        if as_json:
            typer.echo(json.dumps(rows, default=str))
            return
        for row in rows:
            typer.echo(f"{row['variable']:<36} {row['value']!s:<40} {row['from']:<12} {row['about']}")


def effective(settings: Settings) -> list[dict[str, Any]]:
    """Each setting with its value, its origin and its meaning."""
    return [
        {
            "variable": variable(name, field),
            "value": str(getattr(settings, name)),
            "from": "environment" if name in settings.model_fields_set else "default",
            "about": field.description or "",
        }
        for name, field in type(settings).model_fields.items()
    ]


def _add_outbox(app: typer.Typer, service: Service) -> None:
    outbox = typer.Typer(help="Events that are committed and not yet on Kafka.", no_args_is_help=True)

    @outbox.callback()
    def _outbox() -> None:
        pass

    @outbox.command("status")
    def _status(as_json: Json = False) -> None:
        """Shows how many events wait, and how long the oldest has waited. Exit code 0."""
        found = asyncio.run(_outbox_status(service))
        typer.echo(json.dumps(found) if as_json else "{pending} pending, oldest {oldest_seconds:.1f} s".format(**found))

    app.add_typer(outbox, name="outbox")


async def _outbox_status(service: Service) -> dict[str, Any]:
    connection = await open_connection(load(service.settings).database_address, name="outbox-status")
    row = await connection.fetchrow(
        "SELECT count(*) AS pending,"
        " coalesce(extract(epoch FROM clock_timestamp() - min(written_at)), 0)::float AS oldest_seconds FROM outbox"
    )
    await connection.close(timeout=5)
    return dict(row)


def fail(sentence: str) -> None:
    """Says what went wrong and ends with exit code 1."""
    typer.echo(sentence, err=True)
    sys.exit(1)
