"""Offers: seen by their two people and the program's coordinators, answered by the two."""

from typing import Annotated

from fastapi import APIRouter, Query

from chassis.db import Tx
from chassis.http import Asked, Call, Page, allow, problems
from contracts.event import PersonId
from contracts.matching import MatchId, ProgramId
from services.matching.api.bodies import AskBody, DeclineBody
from services.matching.api.views.matches import ExplanationView, MatchView
from services.matching.domain.match import Match, State
from services.matching.domain.sentences import NoSuchMatch
from services.matching.handlers import answers, candidates
from services.matching.store import matches as store

router = APIRouter(tags=["matches"])
Participant = Annotated[Call, allow("participant")]
Concerned = Annotated[Call, allow("participant", "coordinator")]


@router.post("/matches", status_code=201, responses=problems(404, 409, 422))
async def ask_mentor(body: AskBody, call: Participant) -> MatchView:
    """A mentee asks a mentor: that is the mentee's yes. It reserves no seat; the mentor sees requests side by side."""
    me = call.caller.subject

    async def work(tx: Tx) -> MatchView:
        match = await candidates.ask_mentor(tx, body.program_id, body.mentor_id, by=me, now=call.now)
        return _view(match, call)

    return await call.change(work)


@router.get("/matches")
async def list_matches(
    call: Concerned,
    asked: Asked,
    program: ProgramId | None = None,
    state: State | None = None,
    person: Annotated[PersonId | None, Query(description="on whichever side")] = None,
) -> Page[MatchView]:
    """Offers, newest first: one's own, and for coordinators those of their programs."""
    after = asked.after(MatchId)

    async def work(tx: Tx) -> Page[MatchView]:
        found = await store.page(
            tx,
            participant=_participant(call),
            coordinator=_coordinator(call),
            program_id=program,
            state=state,
            person_id=person,
            after=after[0] if after else None,
            limit=asked.limit + 1,
        )
        return asked.page([_view(match, call) for match in found], lambda view: [view.match_id])

    return await call.read(work)


@router.get("/matches/{match_id}", responses=problems(404))
async def read_match(match_id: MatchId, call: Concerned) -> MatchView:
    """One offer and where it stands."""
    return _view(await call.read(lambda tx: _visible(tx, match_id, call)), call)


@router.get("/matches/{match_id}/explanation", responses=problems(404))
async def explain_match(match_id: MatchId, call: Concerned) -> ExplanationView:
    """Why these two: parts that add up to the score, and sentences from the reader's own end."""
    match = await call.read(lambda tx: _visible(tx, match_id, call))
    return ExplanationView.of(match, to=call.caller.subject)


@router.post("/matches/{match_id}/accept", responses=problems(404, 409))
async def accept(match_id: MatchId, call: Participant) -> MatchView:
    """Says yes to an offer. The pair may start when both have; saying yes twice is the same as once."""
    me = call.caller.subject

    async def work(tx: Tx) -> MatchView:
        return _view(await answers.accept_offer(tx, match_id, by=me, now=call.now), call)

    return await call.change(work)


@router.post("/matches/{match_id}/decline", responses=problems(404, 409, 422))
async def decline(match_id: MatchId, call: Participant, body: DeclineBody | None = None) -> MatchView:
    """Says no. The other side learns that it did not work out, not why."""
    me, reason = call.caller.subject, body.reason if body else ""

    async def work(tx: Tx) -> MatchView:
        match = await answers.decline_offer(tx, match_id, by=me, reason=reason, now=call.now)
        return _view(match, call)

    return await call.change(work)


@router.post("/matches/{match_id}/withdraw", responses=problems(404, 409))
async def withdraw(match_id: MatchId, call: Concerned) -> MatchView:
    """Takes an open offer back: the mentee who asked, or a coordinator of the program."""

    async def work(tx: Tx) -> MatchView:
        match = await answers.withdraw_offer(
            tx,
            match_id,
            by=call.caller.subject,
            participant=_participant(call) is not None,
            coordinator=_coordinator(call) is not None,
            now=call.now,
        )
        return _view(match, call)

    return await call.change(work)


async def _visible(tx: Tx, match_id: MatchId, call: Call) -> Match:
    match = await store.find_for(tx, match_id, participant=_participant(call), coordinator=_coordinator(call))
    if match is None:
        raise NoSuchMatch(f"there is no match {match_id} of yours")
    return match


def _participant(call: Call) -> PersonId | None:
    return call.caller.subject if call.caller.has("participant") else None


def _coordinator(call: Call) -> PersonId | None:
    return call.caller.subject if call.caller.has("coordinator") else None


def _view(match: Match, call: Call) -> MatchView:
    me = call.caller.subject
    # Whoever is one of the two reads it as such, whatever else they are.
    return MatchView.of(match, to=me, coordinator=call.caller.has("coordinator") and not match.side_of(me))
