"""The command line of a service: serve, migrate, settings, parked, told-before, outbox, lag, reconcile, replay."""

import asyncio
from typing import Annotated, Any

import asyncpg
import typer

from chassis.completion import add_completion, run_app
from chassis.connections import refusal
from chassis.console import Json, about, fail, of_postgres, tell_json, tell_table
from chassis.lag_cli import add_lag
from chassis.outbox_cli import outbox_commands
from chassis.parked_cli import parked_commands
from chassis.process import Role, run_forever, serve
from chassis.rebuild.command import add_replay
from chassis.reconcile.command import add_reconcile
from chassis.service import Service
from chassis.settings import PREFIX, Settings, load, variable
from chassis.told_before_cli import told_before_commands


def run(service: Service, *more: typer.Typer) -> None:
    """The service's command line; `more` are commands of its own."""
    run_app(make_app(service, *more), f"services.{service.name}", service.name)


def make_app(service: Service, *more: typer.Typer) -> typer.Typer:
    """Its commands, in the order in which `--help` shows them."""
    app = typer.Typer(
        help=about(service.about, f"python -m services.{service.name} outbox status"),
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode="markdown",
    )
    _add_serve(app, service)
    _add_migrate(app, service)
    _add_settings(app, service)
    app.add_typer(parked_commands(service), name="parked")
    app.add_typer(told_before_commands(service), name="told-before")
    app.add_typer(outbox_commands(service), name="outbox")
    add_lag(app, service)
    add_reconcile(app, service)
    add_replay(app, service)
    add_completion(app, f"services.{service.name}", service.name)
    for commands in more:
        app.registered_commands += commands.registered_commands
        app.registered_groups += commands.registered_groups
    return app


def _add_serve(app: typer.Typer, service: Service) -> None:
    @app.command("serve")
    def _serve(
        role: Annotated[str, typer.Option(help="api, worker or all")] = "all",
        port: Annotated[int, typer.Option(help="HTTP port; a worker serves health and metrics there")] = 8000,
        host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    ) -> None:
        """Runs the service until it is asked to stop (SIGTERM).

        Example: serve --role all --port 8001

        Exit codes: 0 stopped as asked, 1 could not start or had to end, 2 wrong use.
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

        Needs MENTORING_OWNER_DATABASE_URL.

        Example: migrate --sql

        Exit codes: 0 up to date now, 1 failed, 2 wrong use.
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
            raise refusal(error, owner) or fail(of_postgres(owner, error)) from error
        typer.echo(f"{service.name}: applied {', '.join(applied)}" if applied else f"{service.name}: up to date")


def _add_settings(app: typer.Typer, service: Service) -> None:
    @app.command("settings")
    def _settings(as_json: Json = False) -> None:
        """Shows the effective settings and where each comes from; secrets are masked.

        Example: settings --json

        Exit codes: 0 shown, 1 a setting is missing or wrong, 2 wrong use.
        """
        rows = list(effective(load(service.settings)))
        if as_json:
            tell_json(rows)
            return
        columns = ("variable", "value", "from", "about")
        tell_table(columns, [[row[column] for column in columns] for row in rows])


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
