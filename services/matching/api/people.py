"""What a mentee may know about mentors: who would suit, and why not somebody else."""

from typing import Annotated

from fastapi import APIRouter, Query

from chassis.db import Tx
from chassis.http import Call, allow, problems
from contracts.event import PersonId
from contracts.matching import ProgramId
from services.matching.api.views.people import CandidatesView, CandidateView, WhyNotView
from services.matching.domain.sentences import NoSuchPerson
from services.matching.handlers import candidates
from services.matching.handlers.candidates import Question
from services.matching.store import choices

router = APIRouter(tags=["people"])
Concerned = Annotated[Call, allow("participant", "coordinator")]
InProgram = Annotated[ProgramId, Query(description="the program in which they look")]


@router.get("/people/{person_id}/candidates", responses=problems(404, 409))
async def list_candidates(
    person_id: PersonId, program: InProgram, call: Concerned, limit: Annotated[int, Query(ge=1, le=20)] = 5
) -> CandidatesView:
    """The best allowed mentors with a free seat for this mentee, with reasons, the best first.

    In a program with `continuous` this is the list that is kept, of at most five: each stands by points minus what
    the mentor's seat is worth to others who look.
    """

    async def work(tx: Tx) -> CandidatesView:
        asked = await _question(tx, program, person_id, call)
        ranks = await _ranks(tx, program, person_id) if _own(person_id, call) else {}
        if kept := await candidates.kept_shortlist(tx, asked):
            items = [CandidateView.kept(each, rank=ranks.get(each.mentor_id)) for each in kept.entries[:limit]]
            return CandidatesView(items=items, as_of=kept.as_of)
        found = await candidates.shortlist(tx, asked, limit=limit)
        return CandidatesView(items=[CandidateView.of(each, rank=ranks.get(each.mentor_id)) for each in found])

    return await call.read(work)


@router.get("/people/{person_id}/why-not/{mentor_id}", responses=problems(404, 409))
async def why_not(person_id: PersonId, mentor_id: PersonId, program: InProgram, call: Concerned) -> WhyNotView:
    """The rule that forbids this mentor, or what the pair would cost the program, as its last run proves."""

    async def work(tx: Tx) -> WhyNotView:
        asked = await _question(tx, program, person_id, call)
        return WhyNotView.of(mentor_id, await candidates.why_not(tx, asked, mentor_id), own=_own(person_id, call))

    return await call.read(work)


async def _ranks(tx: Tx, program_id: ProgramId, mentee_id: PersonId) -> dict[PersonId, int | None]:
    return {choice.mentor_id: choice.rank for choice in await choices.of(tx, program_id, mentees=[mentee_id])}


def _own(person_id: PersonId, call: Call) -> bool:
    return call.caller.has("participant") and person_id == call.caller.subject


async def _question(tx: Tx, program_id: ProgramId, person_id: PersonId, call: Call) -> Question:
    """The question, if it is the caller's own or about a program that they look after."""
    nobody = NoSuchPerson(f"there is nobody {person_id} whom you may ask about")
    own = _own(person_id, call)
    if not own and not call.caller.has("coordinator"):
        raise nobody
    asked = await candidates.question(tx, program_id, person_id)
    if not own and call.caller.subject not in asked.program.policy.coordinators:
        raise nobody
    return asked
