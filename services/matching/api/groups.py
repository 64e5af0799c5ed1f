"""Groups that people opted into: handed in for the equity report of a run, and never read back."""

import io
from typing import Annotated

from fastapi import APIRouter, Request

from chassis.db import Tx
from chassis.errors import Invalid
from chassis.http import Call, allow, problems
from contracts.matching import ProgramId
from services.matching.api.views.reports import GroupsView
from services.matching.files.groups import groups_in
from services.matching.handlers import groups as handlers

router = APIRouter(tags=["programs"])
LARGEST_FILE = 16_777_216
"""Bytes: some half a million lines."""
_CSV_BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.put(
    "/programs/{program_id}/groups",
    responses=problems(404, 409, 413, 422),
    max_body_size=LARGEST_FILE,
    openapi_extra=_CSV_BODY,
)
async def put_groups(
    program_id: ProgramId, request: Request, call: Annotated[Call, allow("coordinator")]
) -> GroupsView:
    """Takes a table `person,group` (CSV, UTF-8) of people who opted in, in place of the one before.

    The reports of later runs say how each group was served. Rules and scores do not know the groups, no event holds
    them, and nobody can read back who is in which. A table without lines forgets them.
    """
    if request.headers.get("content-type", "text/csv").partition(";")[0].strip().lower() != "text/csv":
        raise Invalid("send the table itself, as text/csv", field="Content-Type")
    try:
        text = (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"the table is not UTF-8: byte {error.start} cannot be read; save it as UTF-8") from None
    members = groups_in(io.StringIO(text, newline=""), "the table")

    async def work(tx: Tx) -> GroupsView:
        await handlers.replace(tx, program_id, members, coordinator=call.caller.subject)
        people = {person for _, person in members.lines}
        return GroupsView(program_id=program_id, groups=len(members.groups()), people=len(people))

    return await call.change(work)
