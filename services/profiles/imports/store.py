"""Imports and their files in PostgreSQL: one statement per function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.db import Tx
from services.hr_file.entry import Refusal
from services.hr_file.header import Header
from services.hr_file.rows import Place
from services.profiles.handlers import Taken

CHUNK = 128 * 1024
_COLUMNS = (
    "import_id, state, header, rows_from, size, read_to, line, passing, added, changed, unchanged, refused,"
    " received_at, finished_at"
)


@dataclass(frozen=True, slots=True)
class Import:
    """One HR file and how far it is."""

    id: UUID
    state: str
    header: Header | None
    rows_from: int
    """The byte after the header."""
    size: int
    place: Place
    taken: Taken
    refused: int
    received_at: datetime
    finished_at: datetime | None


def _import(row: Record) -> Import:
    found = row["header"]
    return Import(
        id=row["import_id"],
        state=row["state"],
        header=Header(found["delimiter"], tuple(found["theirs"]), tuple(found["ours"])) if found else None,
        rows_from=row["rows_from"],
        size=row["size"],
        place=Place(row["read_to"], row["line"], row["passing"]),
        taken=Taken(row["added"], row["changed"], row["unchanged"]),
        refused=row["refused"],
        received_at=row["received_at"],
        finished_at=row["finished_at"],
    )


async def begin(tx: Tx, import_id: UUID, *, by: str, now: datetime) -> None:
    """A file begins to come in."""
    await tx.execute(
        "INSERT INTO imports (import_id, state, received_by, received_at) VALUES ($1, 'receiving', $2, $3)",
        import_id,
        by,
        now,
    )


async def keep_chunk(tx: Tx, import_id: UUID, place: int, body: bytes) -> None:
    """Keeps a part of the file; all but the last have CHUNK bytes."""
    await tx.execute(
        "WITH touched AS (UPDATE imports SET size = size + length($3::bytea), touched_at = clock_timestamp()"
        " WHERE import_id = $1 RETURNING import_id)"
        " INSERT INTO import_chunks (import_id, place, body) SELECT import_id, $2, $3::bytea FROM touched",
        import_id,
        place,
        body,
    )


async def complete(tx: Tx, import_id: UUID, header: Header, place: Place) -> None:
    """The whole file is here."""
    await tx.execute(
        "UPDATE imports SET state = 'scanning', header = $2, rows_from = $3, read_to = $3, line = $4"
        " WHERE import_id = $1",
        import_id,
        {"delimiter": header.delimiter, "theirs": header.theirs, "ours": header.ours},
        place.offset,
        place.line,
    )


async def discard(tx: Tx, import_id: UUID) -> None:
    """Forgets a file that did not come in whole."""
    await tx.execute("DELETE FROM imports WHERE import_id = $1 AND state = 'receiving'", import_id)


async def forget_old(tx: Tx) -> None:
    """Forgets uploads that broke off, and after 30 days what was refused: it holds names and addresses."""
    await tx.execute(
        "DELETE FROM imports WHERE touched_at < clock_timestamp() - CASE state"
        " WHEN 'receiving' THEN interval '1 hour' WHEN 'done' THEN interval '30 days' ELSE interval '100 years' END"
    )


async def hold_turn(tx: Tx) -> bool:
    """Whether this process may work on imports now: one file after the other, or an old one could win."""
    return bool(await tx.fetchval("SELECT pg_try_advisory_xact_lock(hashtextextended('profiles.imports', 0))"))


async def next_open(tx: Tx) -> Import | None:
    """The file that came first of those that are not done."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM imports WHERE state IN ('scanning', 'applying')"
        " ORDER BY received_at, import_id LIMIT 1"
    )
    return _import(row) if row else None


async def find_import(tx: Tx, import_id: UUID) -> Import | None:
    """An import, if there is one of this id."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM imports WHERE import_id = $1", import_id)
    return _import(row) if row else None


async def read_chunks(tx: Tx, current: Import, count: int) -> bytes:
    """The file from where it is read to, to the end of `count` chunks."""
    first = current.place.offset // CHUNK
    rows = await tx.fetch(
        "SELECT body FROM import_chunks WHERE import_id = $1 AND place >= $2 AND place < $3 ORDER BY place",
        current.id,
        first,
        first + count,
    )
    return b"".join([row["body"] for row in rows])[current.place.offset - first * CHUNK :]


async def move(tx: Tx, current: Import, place: Place, *, state: str) -> None:
    """Remembers how far the file is read, in the transaction of what was done with it."""
    await tx.execute(
        "UPDATE imports SET read_to = $2, line = $3, passing = $4, state = $5 WHERE import_id = $1",
        current.id,
        min(place.offset, current.size),
        place.line,
        place.passing,
        state,
    )


async def count(tx: Tx, current: Import, taken: Taken, refused: int) -> None:
    """Adds what became of a batch."""
    await tx.execute(
        "UPDATE imports SET added = added + $2, changed = changed + $3, unchanged = unchanged + $4,"
        " refused = refused + $5 WHERE import_id = $1",
        current.id,
        taken.added,
        taken.changed,
        taken.unchanged,
        refused,
    )


async def keep_rejections(tx: Tx, current: Import, refusals: Sequence[Refusal]) -> None:
    """Keeps rows that stay out, for the report."""
    await tx.executemany(
        "INSERT INTO import_rejections (import_id, line, column_name, reason, mend, cells)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        [(current.id, each.line, each.column, each.reason, each.mend, each.cells) for each in refusals],
    )


async def rejections(tx: Tx, import_id: UUID, *, after: int, limit: int) -> list[Refusal]:
    """Rows that stay out, in the order of the file."""
    rows = await tx.fetch(
        "SELECT line, column_name, reason, mend, cells FROM import_rejections"
        " WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3",
        import_id,
        after,
        limit,
    )
    return [Refusal(row["line"], row["column_name"], row["reason"], row["mend"], tuple(row["cells"])) for row in rows]


async def finish(tx: Tx, current: Import, *, now: datetime) -> None:
    """The file is done; its bytes and its index are not needed any more."""
    await tx.execute(
        "WITH done AS (UPDATE imports SET state = 'done', finished_at = $2, touched_at = clock_timestamp()"
        " WHERE import_id = $1), chunks AS (DELETE FROM import_chunks WHERE import_id = $1)"
        " DELETE FROM import_lines WHERE import_id = $1",
        current.id,
        now,
    )


async def busy(tx: Tx, now: datetime) -> Mapping[str, int]:  # noqa: ARG001 - all services ask this way
    """Files that came in and are not done."""
    return {"imports": await tx.fetchval("SELECT count(*) FROM imports WHERE state IN ('scanning', 'applying')")}
