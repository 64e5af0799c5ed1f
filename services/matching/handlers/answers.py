"""What the two people of an offer, or a coordinator, say to it."""

from datetime import datetime

from chassis import text
from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import MatchId, Terms
from services.matching.domain import consequences, deadlines, offers
from services.matching.domain.match import Match
from services.matching.domain.sentences import NO_SEAT_LEFT, CannotAnswer, NoSuchMatch
from services.matching.handlers import saving
from services.matching.store import matches, people, programs, seats


async def accept_offer(tx: Tx, match_id: MatchId, *, by: PersonId, now: datetime) -> Match:
    """Says yes. With the second yes the pair may start, and what it makes impossible is withdrawn."""
    seen = await _visible(tx, match_id, participant=by)
    pair = (seen.mentee.person_id, seen.mentor.person_id)
    # The people first: whoever gives away a seat of this mentor, or a place of this mentee, waits here.
    await people.lock(tx, pair)
    around = await matches.lock_around(tx, seen)
    match = next(each for each in around if each.match_id == match_id)
    accepted, events = offers.accept(match, by=by, terms=await _terms(tx, match, now=now), now=now)
    if accepted == match:
        return match
    ended = await _consequences(tx, accepted, around, now=now) if events else []
    await saving.save(tx, [(accepted, events), *ended], now=now)
    return accepted


async def _terms(tx: Tx, match: Match, *, now: datetime) -> Terms | None:
    """What the pair would start with, under the policy they were proposed under; None if one of them has left."""
    mentee, mentor = (ask.person_id for ask in match.asks)
    here = await people.known(tx, (mentee, mentor))
    if len(here) < len(match.asks):
        return None
    policy = await programs.policy(tx, match.program_id, match.fit.policy_version)
    return deadlines.terms(policy, here[mentee].profile, here[mentor].profile, now=now)


async def _consequences(tx: Tx, accepted: Match, around: list[Match], *, now: datetime) -> list[offers.Decided]:
    """Takes the seat if it was not reserved; gives back the offers that this acceptance ends."""
    mentor_id = accepted.mentor.person_id
    left = (await seats.of(tx, [mentor_id]))[mentor_id].free
    if not accepted.reserves_a_seat:
        if left < 1:
            raise CannotAnswer(NO_SEAT_LEFT)
        await seats.take(tx, [(mentor_id, accepted.match_id)])
        left -= 1
    return consequences.of_acceptance(accepted, around, seats_left=left, now=now)


async def decline_offer(tx: Tx, match_id: MatchId, *, by: PersonId, reason: str, now: datetime) -> Match:
    """Says no, with a reason that the other side does not see."""
    match = await _locked(tx, await _visible(tx, match_id, participant=by))
    decided = offers.decline(match, by=by, reason=text.tidy(reason), now=now)
    return await saving.save_change(tx, match, decided, now=now)


async def withdraw_offer(
    tx: Tx, match_id: MatchId, *, by: PersonId, participant: bool, coordinator: bool, now: datetime
) -> Match:
    """Takes an offer back: the mentee who asked, or a coordinator of the program."""
    seen = await _visible(
        tx, match_id, participant=by if participant else None, coordinator=by if coordinator else None
    )
    match = await _locked(tx, seen)
    # Who has both roles acts for the program only where they look after it.
    acts_for_program = coordinator and await matches.find_for(tx, match_id, participant=None, coordinator=by)
    decided = offers.take_back(match, by=by, coordinator=bool(acts_for_program), now=now)
    return await saving.save_change(tx, match, decided, now=now)


async def _visible(
    tx: Tx, match_id: MatchId, *, participant: PersonId | None, coordinator: PersonId | None = None
) -> Match:
    match = await matches.find_for(tx, match_id, participant=participant, coordinator=coordinator)
    if match is None:
        raise NoSuchMatch(f"there is no match {match_id} of yours")
    return match


async def _locked(tx: Tx, match: Match) -> Match:
    return await matches.lock(tx, match.match_id) or match
