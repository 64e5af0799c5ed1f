"""A tiny service for the tests of the HTTP base: notes that belong to people."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from chassis.db import Tx
from chassis.envelope import new_id
from chassis.errors import Conflict, Invalid, NotFound
from chassis.http import Asked, Body, Call, Page, allow, etag, problems
from chassis.service import Service
from chassis.settings import Settings

router = APIRouter(tags=["notes"])
TABLE = (
    "CREATE TABLE IF NOT EXISTS notes (id uuid PRIMARY KEY, owner text NOT NULL, words text NOT NULL,"
    " weight int NOT NULL, version int NOT NULL DEFAULT 1)"
)
Anybody = Annotated[Call, allow("participant", "coordinator", "administrator", "system")]


class NewNote(Body):
    words: str
    weight: int = 1
    tags: tuple[str, ...] = ()


class Note(Body):
    id: UUID
    words: str
    version: int = 1


class TornPage(Conflict):
    """The page is torn; take another one."""


@router.post("/notes", status_code=201, responses=problems(409))
async def write(body: NewNote, call: Anybody) -> Note:
    """Writes a note."""
    return await call.change(lambda tx: _write(tx, call.caller.subject, body))


async def _write(tx: Tx, owner: str, body: NewNote) -> Note:
    note = Note(id=new_id(), words=body.words)
    await tx.execute(
        "INSERT INTO notes (id, owner, words, weight) VALUES ($1, $2, $3, $4)", note.id, owner, body.words, body.weight
    )
    if body.words == "torn":
        raise TornPage
    if body.words == "bug":
        raise ZeroDivisionError("secret inside")
    if body.words == "odd":
        raise Invalid("odd words are not taken", field="words")
    return note


@router.get("/notes")
async def read_all(page: Asked, call: Anybody) -> Page[Note]:
    after = page.after(UUID)

    async def read(tx: Tx) -> list[Note]:
        rows = await tx.fetch(
            "SELECT id, words, version FROM notes WHERE owner = $1 AND ($2::uuid IS NULL OR id > $2)"
            " ORDER BY id LIMIT $3",
            call.caller.subject,
            after and after[0],
            page.limit + 1,
        )
        return [Note(**row) for row in rows]

    return page.page(await call.read(read), lambda note: (note.id,))


@router.get("/notes/{note_id}")
async def read_one(note_id: UUID, call: Anybody, response: Response) -> Note:
    note = await call.read(lambda tx: _own(tx, note_id, call.caller.subject))
    response.headers["ETag"] = etag(note.version)
    return note


async def _own(tx: Tx, note_id: UUID, owner: str) -> Note:
    row = await tx.fetchrow("SELECT id, words, version FROM notes WHERE id = $1 AND owner = $2", note_id, owner)
    if row is None:
        raise NotFound("there is no such note")
    return Note(**row)


@router.put("/notes/{note_id}")
async def rewrite(note_id: UUID, body: NewNote, call: Anybody) -> Note:
    async def change(tx: Tx) -> Note:
        note = await _own(tx, note_id, call.caller.subject)
        call.check_match(note.version)
        row = await tx.fetchrow(
            "UPDATE notes SET words = $2, version = version + 1 WHERE id = $1 RETURNING id, words, version",
            note_id,
            body.words,
        )
        return Note(**row)

    return await call.change(change)


@router.post("/notes/forget", status_code=204)
async def forget(call: Annotated[Call, allow("administrator")]) -> None:
    async def change(tx: Tx) -> None:
        await tx.execute("DELETE FROM notes")

    await call.change(change)


@router.post("/notes/shuffle")
async def shuffle(call: Anybody, body: NewNote | None = None) -> dict[str, bool]:
    """Takes a body, or none."""
    return {"body": body is not None}


@router.post("/piles", status_code=202, max_body_size=3_000_000)
async def pile_up(request: Request, call: Anybody) -> dict[str, int]:
    """Takes a stream that is larger than other bodies may be."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return {"bytes": size}


EXAMPLE = Service(name="engagement", about="Notes, for tests.", settings=Settings, routers=(router,))
