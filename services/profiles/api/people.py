"""People over HTTP: seen, entered, changed, let go."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from chassis.db import Tx
from chassis.errors import Conflict, NotFound
from chassis.http import Asked, Call, Page, Paging, allow, etag, problems
from services.hr_file.entry import Entry
from services.profiles import handlers, store
from services.profiles.api.views import PersonBody, PersonChange, PersonView, values_of, view
from services.profiles.domain.person import Person

router = APIRouter(tags=["people"])

PersonId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="id in the HR directory")]
_DIRECTORY = ("system", "administrator")


def _may_see_contact(call: Call, person_id: str) -> bool:
    return call.caller.subject == person_id if not call.caller.has(*_DIRECTORY) else True


def _check_theirs(call: Call, person_id: str, *more: str) -> None:
    """Participants find nobody but themselves."""
    if not call.caller.has(*_DIRECTORY, *more) and call.caller.subject != person_id:
        raise NotFound(f"nobody has the id {person_id}")


def _shown(call: Call, person: Person, response: Response) -> PersonView:
    response.headers["ETag"] = etag(person.version)
    return view(person, with_contact=_may_see_contact(call, person.id))


@router.get("/people")
async def list_people(
    call: Annotated[Call, allow("coordinator", "administrator", "system")],
    asked: Asked,
    *,
    left: Annotated[bool | None, Query(description="true: only who left; false: only who is here")] = None,
) -> Page[PersonView]:
    """Lists people in the order of their ids, names and addresses only for system and administrators."""
    (after,) = asked.after(str) or ("",)
    found = await call.read(lambda tx: store.list_people(tx, after=after, limit=asked.limit + 1, gone=left))
    return _page(call, asked, found)


def _page(call: Call, asked: Paging, found: list[Person]) -> Page[PersonView]:
    views = [view(person, with_contact=_may_see_contact(call, person.id)) for person in found]
    return asked.page(views, lambda shown: (shown.person_id,))


@router.get("/people/{person_id}", responses=problems(404))
async def get_person(
    person_id: PersonId,
    call: Annotated[Call, allow("participant", "coordinator", "administrator", "system")],
    response: Response,
) -> PersonView:
    """Shows somebody. Participants see themselves; coordinators see people without name and address."""
    _check_theirs(call, person_id, "coordinator")
    person = await call.read(lambda tx: store.find_person(tx, person_id))
    if person is None:
        raise NotFound(f"nobody has the id {person_id}")
    return _shown(call, person, response)


@router.put("/people/{person_id}", responses=problems(403, 404, 409, 412, 422))
async def put_person(
    person_id: PersonId,
    body: PersonBody,
    call: Annotated[Call, allow("participant", "administrator", "system")],
    response: Response,
) -> PersonView:
    """Enters somebody, or says the whole of a known person anew.

    People may do this for themselves as far as the fields are theirs. With `If-Match`, only if nobody changed
    them meanwhile.
    """
    _check_theirs(call, person_id)
    entry = Entry(person_id, {"person_id": person_id, **values_of(body, whole=True)})

    async def work(tx: Tx) -> PersonView:
        if not call.caller.has(*_DIRECTORY):
            return await _change(tx, call, person_id, entry, response)
        known = await store.find_person(tx, person_id)
        if call.if_match is not None:
            call.check_match(known.version if known else None)
        return _shown(call, await handlers.put_person(tx, entry, now=call.now), response)

    return await call.change(work)


@router.patch("/people/{person_id}", responses=problems(403, 404, 409, 412, 422))
async def change_person(
    person_id: PersonId,
    body: PersonChange,
    call: Annotated[Call, allow("participant", "administrator", "system")],
    response: Response,
) -> PersonView:
    """Changes some fields.

    People change their own roles, seats, time zone, languages, hours, skills, wants, goals, path, style and
    whom to avoid; the HR file does not take these back. Everything else is the directory's.
    """
    _check_theirs(call, person_id)
    entry = Entry(person_id, values_of(body, whole=False))
    return await call.change(lambda tx: _change(tx, call, person_id, entry, response))


async def _change(tx: Tx, call: Call, person_id: str, entry: Entry, response: Response) -> PersonView:
    known = await handlers.lock_person(tx, person_id)
    if call.if_match is not None:
        call.check_match(known.version)
    if known.gone:
        raise Conflict(f"{person_id} left on {known.left_on}; enter them anew with PUT if they are back")
    by_themselves = not call.caller.has(*_DIRECTORY)
    person = await handlers.change_person(tx, known, entry.values, by_themselves=by_themselves, now=call.now)
    return _shown(call, person, response)


@router.delete("/people/{person_id}", responses=problems(404))
async def let_go(
    person_id: PersonId, call: Annotated[Call, allow("administrator", "system")], response: Response
) -> PersonView:
    """They leave the company today: their offers and relationships end. Name and address stay until erasure."""

    async def work(tx: Tx) -> PersonView:
        return _shown(call, await handlers.let_go(tx, person_id, now=call.now), response)

    return await call.change(work)
