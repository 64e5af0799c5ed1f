"""HR files over HTTP: taken as a stream, worked through later, reported row by row."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter, ValidationError

from chassis.db import Tx
from chassis.envelope import new_id
from chassis.errors import Invalid, NotFound
from chassis.http import Asked, Call, allow, problems
from services.hr_file.entry import Refusal
from services.hr_file.header import FileRefused
from services.hr_file.rejected import rejected_head, rejected_lines
from services.profiles.api.import_views import ImportView, view
from services.profiles.imports import store
from services.profiles.imports.receiving import receive
from services.profiles.imports.store import Import

router = APIRouter(tags=["imports"])

LARGEST_FILE = 1_073_741_824
"""Bytes: a million people with a kilobyte each."""
_TYPES = ("text/csv", "text/plain", "text/tab-separated-values", "application/octet-stream", "application/vnd.ms-excel")
_CSV_BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}
_CSV_PAGE = 500


@router.post(
    "/imports",
    status_code=202,
    responses=problems(413, 422),
    max_body_size=LARGEST_FILE,
    openapi_extra=_CSV_BODY,
)
async def import_people(
    request: Request,
    call: Annotated[Call, allow("system", "administrator")],
    columns: Annotated[
        str | None, Query(description='our column names to yours, as JSON: {"person_id": "Employee ID"}')
    ] = None,
) -> ImportView:
    """Takes an HR file (CSV, UTF-8) of up to a million rows.

    The answer comes when the whole file is safe; its rows are worked through after that: see `GET /imports/{id}`.
    A file without the required columns is refused at once, naming them.
    """
    _check_type(request)
    mapping, import_id = _mapping(columns), new_id()
    try:
        header, place = await receive(
            call.running.database, request.stream(), import_id, mapping, by=call.caller.subject, now=call.now
        )

        async def work(tx: Tx) -> ImportView:
            await store.complete(tx, import_id, header, place)
            tx.after_commit("imports")
            return view(await _found(tx, import_id))

        return await call.change(work)
    except FileRefused as refused:
        raise Invalid(str(refused), field="columns" if mapping else None) from None
    finally:
        # Whatever went wrong, or a repeated request that was answered from the first: half a file is nobody's.
        await call.running.database.run(lambda tx: store.discard(tx, import_id), repeatable=True)


def _check_type(request: Request) -> None:
    kind = request.headers.get("content-type", "text/csv").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise Invalid("send the file itself, as text/csv", field="Content-Type")


def _mapping(columns: str | None) -> dict[str, str]:
    try:
        return TypeAdapter(dict[str, str]).validate_json(columns) if columns else {}
    except ValidationError:
        raise Invalid('give our names and yours as JSON: {"person_id": "Employee ID"}', field="columns") from None


async def _found(tx: Tx, import_id: UUID) -> Import:
    found = await store.find_import(tx, import_id)
    if found is None:
        raise NotFound(f"there is no import {import_id}")
    return found


@router.get("/imports/{import_id}", responses=problems(404))
async def get_import(
    import_id: UUID, call: Annotated[Call, allow("system", "administrator")], asked: Asked
) -> ImportView:
    """How far an import is, what became of its rows, and a page of the refused ones."""
    (after,) = asked.after(int) or (0,)

    async def work(tx: Tx) -> ImportView:
        current = await _found(tx, import_id)
        return view(current, await store.rejections(tx, import_id, after=after, limit=asked.limit + 1), asked)

    return await call.read(work)


@router.get("/imports/{import_id}/rejected.csv", responses=problems(404), response_class=StreamingResponse)
async def get_rejected(import_id: UUID, call: Annotated[Call, allow("system", "administrator")]) -> StreamingResponse:
    """The refused rows with line, column, reason and mend, and their own cells as they were (formulas defused)."""
    current = await call.read(lambda tx: _found(tx, import_id))

    async def page_after(line: int) -> list[Refusal]:
        return await call.read(lambda tx: store.rejections(tx, import_id, after=line, limit=_CSV_PAGE))

    async def lines() -> AsyncIterator[str]:
        yield rejected_head(current.header)
        page = await page_after(0)
        while page:
            yield rejected_lines(page)
            page = await page_after(page[-1].line)

    name = f'attachment; filename="rejected-{import_id}.csv"'
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})
