"""Taking an HR file in: it is kept in parts while it comes, so that memory stays flat and nothing is lost."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from uuid import UUID

from chassis.db import Database, Tx
from services.hr_file.header import FileRefused, Header
from services.hr_file.record import LONGEST_RECORD
from services.hr_file.rows import Place, read_header
from services.profiles.imports import store


async def receive(
    database: Database,
    stream: AsyncIterator[bytes],
    import_id: UUID,
    columns: Mapping[str, str],
    *,
    by: str,
    now: datetime,
) -> tuple[Header, Place]:
    """Keeps the whole file; gives its header and where the rows begin.

    Raises FileRefused, after the last byte: a caller who is still sending would not hear it before.
    """

    async def begin(tx: Tx) -> None:
        await store.forget_old(tx)
        await store.begin(tx, import_id, by=by, now=now)

    await database.run(begin)
    upload = _Upload(database, import_id, columns)
    async for chunk in _in_chunks(stream):
        await upload.take(chunk)
    return upload.end()


async def _in_chunks(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in parts of one size, so that a place in the file tells the part it is in."""
    waiting = bytearray()
    async for part in stream:
        waiting += part
        while len(waiting) >= store.CHUNK:
            yield bytes(waiting[: store.CHUNK])
            del waiting[: store.CHUNK]
    if waiting:
        yield bytes(waiting)


class _Upload:
    """A file while it comes in."""

    def __init__(self, database: Database, import_id: UUID, columns: Mapping[str, str]) -> None:
        self._database = database
        self._import_id = import_id
        self._columns = columns
        self._kept = 0
        self._first = b""
        self._header: tuple[Header, Place] | None = None
        self._refused: FileRefused | None = None

    async def take(self, chunk: bytes) -> None:
        """Keeps the next part, unless the first line has shown that the file is refused."""
        if self._header is None and self._refused is None:
            self._first += chunk
            if b"\n" in self._first or len(self._first) > LONGEST_RECORD:
                self._look()
        if self._refused is None:
            await self._database.run(lambda tx: store.keep_chunk(tx, self._import_id, self._kept, chunk))
            self._kept += 1

    def _look(self) -> None:
        try:
            self._header = read_header(self._first, self._columns)
        except FileRefused as refused:
            self._refused = refused

    def end(self) -> tuple[Header, Place]:
        """The file is whole."""
        if self._header is None and self._refused is None:
            self._look()
        if self._header is None:
            raise self._refused or FileRefused("the file has no first line")
        return self._header
