"""What a person wants to be written, how often, in which language."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from chassis.db import Tx
from chassis.errors import Invalid, NotFound
from chassis.http import Body, Call, allow, problems
from contracts.event import PersonId
from contracts.notifications import Template
from services.notifications.domain.recipient import MUTABLE, Preferences
from services.notifications.handlers.preferences import choose
from services.notifications.store import people
from services.notifications.writing.language import languages

router = APIRouter(tags=["preferences"])
Choosing = Annotated[Call, allow("participant", "coordinator", "administrator")]


class PreferencesView(Body):
    """A person's choices; who never chose has the defaults."""

    language: str | None = Field(
        None, max_length=35, description="BCP 47; null: the first of your languages that we have"
    )
    digest_only: bool = Field(False, description="everything that can wait comes with the morning's digest")
    muted: list[Template] = Field(
        [], max_length=len(MUTABLE), description=f"letters you do not want; may hold {', '.join(MUTABLE)}"
    )


@router.get("/people/{person_id}/preferences", responses=problems(404))
async def read_preferences(person_id: PersonId, call: Choosing) -> PreferencesView:
    """Your choices."""
    _only_own(call, person_id)
    known = await call.read(lambda tx: people.recipients(tx, [person_id]))
    return _view(known[person_id].preferences)


@router.put("/people/{person_id}/preferences", responses=problems(404, 422))
async def change_preferences(person_id: PersonId, body: PreferencesView, call: Choosing) -> PreferencesView:
    """Replaces your choices. They hold for letters that have not gone out yet, too."""
    _only_own(call, person_id)
    chosen = _checked(body)

    async def work(tx: Tx) -> PreferencesView:
        await choose(tx, person_id, chosen, now=call.now)
        return _view(chosen)

    return await call.change(work)


def _only_own(call: Call, person_id: PersonId) -> None:
    if call.caller.subject != person_id:
        raise NotFound(f"there are no preferences of {person_id} that you may see")


def _checked(body: PreferencesView) -> Preferences:
    if body.language is not None and body.language not in languages():
        raise Invalid(
            f"we do not write {body.language} yet; choose one of {', '.join(languages())}, or null", field="language"
        )
    always = sorted(set(body.muted) - set(MUTABLE))
    if always:
        raise Invalid(f"{', '.join(always)} cannot be muted; you may mute {', '.join(MUTABLE)}", field="muted")
    return Preferences(body.language, body.digest_only, frozenset(body.muted))


def _view(chosen: Preferences) -> PreferencesView:
    return PreferencesView(language=chosen.language, digest_only=chosen.digest_only, muted=sorted(chosen.muted))
