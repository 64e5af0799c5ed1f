"""SQL of a rebuild.

The second table has the name of the first and lies in `pg_temp`, where PostgreSQL looks before it looks anywhere else:
the functions that fill the live table fill this one here, unchanged. It ends with the connection.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.rebuild.model import ReadModel


@dataclass(frozen=True)
class Table:
    """A read model's table as it is in this database."""

    model: ReadModel
    schema: str
    columns: tuple[str, ...]
    key_type: str

    @property
    def live(self) -> str:
        """The table that serves."""
        return f"{self.schema}.{self.model.table}"

    @property
    def beside(self) -> str:
        """The one that is filled again."""
        return f"pg_temp.{self.model.table}"


@dataclass(frozen=True)
class Differing:
    """A row that is not what the topics say."""

    key: str
    kind: str
    """`missing`, `differs`, or `unknown`: the topics say nothing of it."""
    columns: tuple[str, ...] = ()
    """Which columns differ; never their values."""


async def describe(connection: Any, model: ReadModel) -> Table:
    """The table's schema and columns."""
    schema = await connection.fetchval("SELECT current_schema()")
    rows = await connection.fetch(
        "SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
        " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        " ORDER BY attnum",
        f"{schema}.{model.table}",
    )
    types = {row["name"]: row["type"] for row in rows}
    return Table(model, schema, tuple(types), types[model.key])


async def create_beside(connection: Any, table: Table) -> None:
    """The second table, with the rows of the first and every version at 0.

    What an event says replaces it; what the topics do not speak of any more, since a later event took its place, stays.
    """
    await connection.execute(
        f"CREATE TEMP TABLE {table.model.table} (LIKE {table.live} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
    )
    await connection.execute(f"ALTER TABLE {table.beside} ADD PRIMARY KEY ({table.model.key})")
    values = ", ".join("0" if column in table.model.versions else column for column in table.columns)
    await connection.execute(
        f"INSERT INTO {table.beside} ({', '.join(table.columns)}) SELECT {values} FROM {table.live}"
    )


async def analyze_beside(connection: Any, table: Table) -> None:
    """Nobody else tells PostgreSQL how large a temporary table is."""
    await connection.execute(f"ANALYZE {table.beside}")


async def differing(
    connection: Any, table: Table, *, whole: bool, keys: Collection[str] | None = None
) -> list[Differing]:
    """Rows that differ, all or of these keys. A version at 0 says that the topics did not speak of that part.

    Rows that the topics say nothing of at all are among them only if the topics were read as a whole.
    """
    key, versions = table.model.key, table.model.versions
    compared = [(column, _said(column, versions)) for column in table.columns if column != key]
    names = ", ".join(f"CASE WHEN l.{name} IS DISTINCT FROM {said} THEN '{name}' END" for name, said in compared)
    heard = " OR ".join(f"s.{version} > 0" for version in versions)
    live, said = (", ".join(each) for each in zip(*((f"l.{name}", said) for name, said in compared), strict=True))
    rows = await connection.fetch(
        f"""
        SELECT coalesce(l.{key}, s.{key})::text AS key,
            CASE WHEN l.{key} IS NULL THEN 'missing' WHEN {heard} THEN 'differs' ELSE 'unknown' END AS kind,
            array_remove(ARRAY[{names}], NULL) AS columns
        FROM {table.live} l FULL JOIN {table.beside} s ON l.{key} = s.{key}
        WHERE ($1::text[] IS NULL OR coalesce(l.{key}, s.{key}) = ANY($1::text[]::{table.key_type}[]))
            AND CASE WHEN s.{key} IS NULL OR NOT ({heard}) THEN $2 AND l.{key} IS NOT NULL
                     ELSE l.{key} IS NULL OR ROW({live}) IS DISTINCT FROM ROW({said}) END
        ORDER BY 1
        """,
        None if keys is None else list(keys),
        whole,
    )
    return [
        Differing(row["key"], row["kind"], tuple(row["columns"]) if row["kind"] == "differs" else ()) for row in rows
    ]


def _said(column: str, versions: Collection[str]) -> str:
    return f"CASE WHEN s.{column} = 0 THEN l.{column} ELSE s.{column} END" if column in versions else f"s.{column}"


async def lock(connection: Any, table: Table) -> None:
    """Until the transaction ends nobody else writes the live table; all may go on reading it."""
    await connection.execute("SET LOCAL lock_timeout = '8s'")
    await connection.execute(f"LOCK TABLE {table.live} IN SHARE ROW EXCLUSIVE MODE")


async def replace(connection: Any, table: Table, keys: Collection[str]) -> None:
    """Puts these rows of the second table into the live one."""
    key, name, versions = table.model.key, table.model.table, table.model.versions
    changes = ", ".join(
        f"{column} = CASE WHEN excluded.{column} = 0 THEN {name}.{column} ELSE excluded.{column} END"
        if column in versions
        else f"{column} = excluded.{column}"
        for column in table.columns
        if column != key
    )
    columns = ", ".join(table.columns)
    await connection.execute(
        f"INSERT INTO {table.live} ({columns}) SELECT {columns} FROM {table.beside}"
        f" WHERE {key} = ANY($1::text[]::{table.key_type}[]) ON CONFLICT ({key}) DO UPDATE SET {changes}",
        list(keys),
    )


async def delete(connection: Any, table: Table, keys: Collection[str]) -> None:
    """Takes these rows out of the live table."""
    await connection.execute(
        f"DELETE FROM {table.live} WHERE {table.model.key} = ANY($1::text[]::{table.key_type}[])", list(keys)
    )


async def discarded(connection: Any, consumer: str) -> set[UUID]:
    """Events that somebody decided not to take up."""
    rows = await connection.fetch(
        "SELECT event_id FROM parked WHERE consumer = $1 AND state = 'discarded' AND event_id IS NOT NULL", consumer
    )
    return {row["event_id"] for row in rows}


async def parked_since(connection: Any, consumer: str, since: datetime) -> set[tuple[str, str]]:
    """Topic and key of what is parked, or was resolved since: there the live table is behind on purpose."""
    rows = await connection.fetch(
        "SELECT DISTINCT topic, key FROM parked WHERE consumer = $1 AND key IS NOT NULL"
        " AND (state = 'parked' OR resolved_at > $2)",
        consumer,
        since,
    )
    return {(row["topic"], row["key"]) for row in rows}


async def database_now(connection: Any) -> datetime:
    """What time it is for the database."""
    now: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return now
