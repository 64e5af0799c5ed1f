"""Brings a service's schema to the newest version: the chassis' own tables and the service's.

Alembic keeps the order of revisions and renders each as SQL; the SQL runs through asyncpg, each revision in a
transaction of its own together with the row that says it is applied. Forward only. Safe to start from several
replicas at once: an advisory lock lets one do it, the others wait and find nothing left to do.
"""

from functools import cache
from io import StringIO
from pathlib import Path
from typing import Protocol

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory

from chassis.connections import open_connection
from chassis.schema import CHASSIS


class Migrated(Protocol):
    """A service, as far as its schema goes."""

    @property
    def name(self) -> str:
        """Its name, and its schema's."""
        ...

    @property
    def folder(self) -> Path:
        """Where `migrations/versions` lies."""
        ...


_VERSIONS = """
CREATE TABLE IF NOT EXISTS schema_version (
    revision text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""
_LOCK_WAIT = "10min"


@cache
def _directory(folder: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(CHASSIS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{CHASSIS / 'versions'}\n{folder / 'migrations' / 'versions'}")
    return ScriptDirectory.from_config(config)


@cache
def _revisions(folder: Path) -> tuple[Script, ...]:
    """All revisions, oldest first, the chassis' before the service's."""
    newest_first = list(_directory(folder).walk_revisions())
    newest_first.reverse()
    return tuple(sorted(newest_first, key=lambda each: not each.revision.startswith("chassis_")))


def _sql(script: Script) -> str:
    """What the revision does, as SQL that a DBA can read."""
    text = StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": text, "transactional_ddl": True}
    )
    with Operations.context(context):
        script.module.upgrade()
    return text.getvalue()


def as_sql(service: Migrated, *, applied: frozenset[str] = frozenset()) -> str:
    """The SQL of every revision that is not yet applied, for review."""
    parts = [
        f"-- {script.revision}: {script.doc}\nBEGIN;\n{_sql(script)}"
        f"INSERT INTO schema_version (revision) VALUES ('{script.revision}');\nCOMMIT;\n"
        for script in _revisions(service.folder)
        if script.revision not in applied
    ]
    return "\n".join([_VERSIONS.strip() + ";\n", *parts])


async def migrate(service: Migrated, dsn: str) -> list[str]:
    """Applies what is missing, as the schema's owner; gives the revisions applied now."""
    connection = await open_connection(dsn, name=f"{service.name}-migrate")
    try:
        await connection.execute(f"SET lock_timeout = '{_LOCK_WAIT}'; SET statement_timeout = 0")
        await connection.execute("SELECT pg_advisory_lock(hashtextextended($1, 0))", f"migrate:{service.name}")
        await connection.execute(_VERSIONS)
        applied = {row["revision"] for row in await connection.fetch("SELECT revision FROM schema_version")}
        todo = [script for script in _revisions(service.folder) if script.revision not in applied]
        for script in todo:
            async with connection.transaction():
                await connection.execute(_sql(script))
                await connection.execute("INSERT INTO schema_version (revision) VALUES ($1)", script.revision)
        return [script.revision for script in todo]
    finally:
        await connection.close(timeout=5)
