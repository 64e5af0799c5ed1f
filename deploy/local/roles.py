"""Databases, schemas and roles: each service owns one schema, and the server refuses a neighbour.

Per service two roles: `<service>_owner` changes tables (migrations), `<service>_app` changes rows (serving).
Roles are known to the whole server, schemas to one database; so tests make many databases for the same roles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.local.children import run_sync

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SERVICES = ("profiles", "matching", "engagement", "notifications", "webhooks")
APP_LIMITS = {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s"}
OWNER_LIMITS = {"lock_timeout": "10s"}


def role_names(services: Iterable[str] = SERVICES) -> tuple[str, ...]:
    """Every role of these services: first the owner, then the app, service by service."""
    return tuple(f"{service}_{kind}" for service in services for kind in ("owner", "app"))


def create_roles(admin_dsn: str, services: Iterable[str], passwords: Mapping[str, str]) -> None:
    """Make the roles of these services, or bring them back in line; may be repeated at any time."""
    run_sync(_create_roles(admin_dsn, tuple(services), passwords))


def create_database(admin_dsn: str, name: str, services: Iterable[str] = SERVICES, template: str = "template0") -> str:
    """Make a database with one schema per service, open to their roles only; answers the administrator's DSN.

    Repeating it is harmless. With a `template` that has the schemas already, their tables come along.
    """
    run_sync(_create_database(admin_dsn, name, template))
    dsn = with_database(admin_dsn, name)
    run_sync(_create_schemas(dsn, name, tuple(services)))
    return dsn


def close_other_databases(admin_dsn: str) -> None:
    """Shut the databases that every server has, for a server that is ours alone: everybody may enter them at first."""
    run_sync(_run(admin_dsn, [f"REVOKE ALL ON DATABASE {name} FROM PUBLIC" for name in ("postgres", "template1")]))


def drop_database(admin_dsn: str, name: str) -> None:
    """Remove a database, and whoever is still connected to it."""
    run_sync(_run(admin_dsn, [f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)']))


def with_database(dsn: str, name: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


def with_role(dsn: str, role: str, password: str) -> str:
    """The same server and database, another role."""
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(netloc=f"{role}:{password}@{parts.netloc.rpartition('@')[2]}"))


async def _create_roles(dsn: str, services: tuple[str, ...], passwords: Mapping[str, str]) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        for service in services:
            for kind, limits in (("owner", OWNER_LIMITS), ("app", APP_LIMITS)):
                role = f"{service}_{kind}"
                await _create_role(connection, role, passwords[role])
                for setting, value in {"search_path": service, **limits}.items():
                    await connection.execute(f"ALTER ROLE {role} SET {setting} = '{value}'")
    finally:
        await connection.close()


async def _create_role(connection: asyncpg.Connection, role: str, password: str) -> None:
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        await connection.execute(f"CREATE ROLE {role} LOGIN")
    quoted = await connection.fetchval("SELECT quote_literal($1::text)", password)
    await connection.execute(f"ALTER ROLE {role} LOGIN PASSWORD {quoted}")
    # PostgreSQL 15 knows no SET apart from membership.
    needed = "SET" if connection.get_server_version() >= (16,) else "MEMBER"
    if not await connection.fetchval("SELECT pg_has_role(current_user, $1, $2)", role, needed):
        # An administrator who is no superuser must be a member to give a schema away.
        await connection.execute(f"GRANT {role} TO current_user")


async def _create_database(dsn: str, name: str, template: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await connection.close()


def schema_statements(database: str, services: Iterable[str] = SERVICES) -> list[str]:
    """What opens one schema per service to its two roles, and everything else to nobody."""
    statements = [
        f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC',
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    ]
    for service in services:
        statements += _schema(database, service)
    return statements


async def _create_schemas(dsn: str, database: str, services: tuple[str, ...]) -> None:
    await _run(dsn, schema_statements(database, services))


def _schema(database: str, service: str) -> list[str]:
    owner, app = f"{service}_owner", f"{service}_app"
    made_later = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {service} GRANT"
    return [
        f'GRANT CONNECT ON DATABASE "{database}" TO {owner}, {app}',
        f'GRANT TEMPORARY ON DATABASE "{database}" TO {app}',
        f"CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION {owner}",
        f"REVOKE ALL ON SCHEMA {service} FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA {service} TO {app}",
        f"{made_later} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        f"{made_later} USAGE, SELECT ON SEQUENCES TO {app}",
    ]


async def _run(dsn: str, statements: list[str]) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
