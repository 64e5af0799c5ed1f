"""What can happen to an offer. Each function gives back the match as it is then, and what to tell about it."""

from dataclasses import replace
from datetime import datetime

from contracts.event import Event, PersonId
from contracts.matching import (
    MatchAccepted,
    MatchDeclined,
    MatchEvent,
    MatchId,
    MatchLapsed,
    MatchProposed,
    MatchReminderDue,
    MatchWithdrawn,
    Origin,
    ProgramId,
    RunId,
    Terms,
    Withdrawal,
)
from services.matching.domain.match import Ask, Fit, Match, Side, State
from services.matching.domain.sentences import CannotAnswer, CannotWithdraw, why_closed

Decided = tuple[Match, list[Event]]

FOLLOWED_UP: tuple[Withdrawal, ...] = ("rule-broken", "person-left", "by-coordinator")
"""Withdrawals after which the mentee still waits for somebody."""


def propose(
    match_id: MatchId,
    program_id: ProgramId,
    fit: Fit,
    *,
    mentee: Ask,
    mentor: Ask,
    origin: Origin,
    run_id: RunId | None,
    now: datetime,
) -> Decided:
    """Asks two people whether they want to work together."""
    match = Match(match_id, program_id, origin, run_id, fit, mentee, mentor, now)
    told = MatchProposed(
        **match.ids(),
        origin=origin,
        # A follow-up keeps the run in our own books only: it is not one of the pairs that run proposed.
        run_id=run_id if origin == "run" else None,
        policy_version=fit.policy_version,
        score=fit.score,
        parts=fit.parts,
        completeness=fit.completeness,
        reasons=fit.reasons,
        undecided=match.undecided,
        expires_at=match.expires_at,
    )
    return match, [told]


def accept(match: Match, *, by: PersonId, terms: Terms | None, now: datetime) -> Decided:
    """One side says yes; with the second yes the pair may start. Saying yes twice is the same as once.

    Without `terms`, since one of the two has left, nobody can say yes any more.
    """
    side = _side(match, by)
    if not _ask(match, side).open and match.state in {State.PROPOSED, State.ACCEPTED, State.ENDED}:
        return match, []
    _must_be_open(match, now)
    if terms is None:
        raise CannotAnswer("one of the two has left; look at the other candidates")
    match = _with(match, side, replace(_ask(match, side), accepted_at=now))
    if match.undecided:
        return match, []
    return replace(match, state=State.ACCEPTED), [MatchAccepted(**match.ids(), terms=terms)]


def decline(match: Match, *, by: PersonId, reason: str, now: datetime) -> Decided:
    """One side says no, also after a yes that the other has not matched yet. Saying no twice is the same as once."""
    _side(match, by)
    if match.state is State.DECLINED and match.closed_by == by:
        return match, []
    _must_be_open(match, now)
    closed = _close(match, State.DECLINED, by=by, reason=reason, now=now)
    return closed, [MatchDeclined(**match.ids(), by=by, reason=reason)]


def lapse(match: Match, *, now: datetime) -> Decided:
    """Lets the offer run out if somebody's time is over; before that, or after a decision, nothing happens."""
    if match.state is not State.PROPOSED or now < match.expires_at:
        return match, []
    late = tuple(ask.person_id for ask in match.asks if ask.open and ask.answer_by <= now)
    return _close(match, State.LAPSED, now=now), [MatchLapsed(**match.ids(), unanswered_by=late)]


def withdraw(match: Match, *, reason: Withdrawal, now: datetime, by: PersonId | None = None) -> Decided:
    """Takes an open offer back; one that is no longer open stays as it is."""
    if match.state is not State.PROPOSED:
        return match, []
    closed = _close(match, State.WITHDRAWN, by=by, reason=reason, now=now)
    return closed, [MatchWithdrawn(**match.ids(), reason=reason)]


def take_back(match: Match, *, by: PersonId, coordinator: bool, now: datetime) -> Decided:
    """A mentee takes back what they asked for, or a coordinator any offer. Doing it twice is the same as once."""
    if match.state is State.WITHDRAWN and match.closed_by == by:
        return match, []
    own_request = match.origin == "request" and match.side_of(by) is Side.MENTEE
    if not own_request and not coordinator:
        raise CannotWithdraw("only the mentee who asked or a coordinator can withdraw this; you can decline it")
    _must_be_open(match, now)
    return withdraw(match, reason="by-mentee" if own_request else "by-coordinator", by=by, now=now)


def remind(match: Match, *, now: datetime) -> Decided:
    """Asks those again whose reminder is due. If both of one side's are, one letter is enough."""
    if match.state is not State.PROPOSED or now >= match.expires_at:
        return match, []
    told: list[Event] = []
    for side, ask in zip(Side, match.asks, strict=True):
        due = ask.reminders_due(now)
        if ask.open and due > ask.reminded:
            match = _with(match, side, replace(ask, reminded=due))
            told.append(_reminder(match, ask.person_id, due))
    return match, told


def end(match: Match, *, now: datetime) -> Match:
    """The pair's time is over: the seat and the mentee's place are free again."""
    return _close(match, State.ENDED, now=now) if match.state is State.ACCEPTED else match


def as_told(match: Match, event: MatchEvent, *, now: datetime) -> Match:
    """The offer as this says that it became; an offer that is no longer open stays as it is."""
    if match.state is not State.PROPOSED:
        return match
    then = match
    match event:
        case MatchReminderDue():
            ask = _ask(match, _side(match, event.person_id))
            reminded = replace(ask, reminded=max(ask.reminded, event.number))
            then = _with(match, _side(match, event.person_id), reminded)
        case MatchAccepted():
            mentee, mentor = (replace(ask, accepted_at=ask.accepted_at or now) for ask in match.asks)
            then = replace(match, mentee=mentee, mentor=mentor, state=State.ACCEPTED)
        case MatchDeclined():
            then = _close(match, State.DECLINED, by=event.by, reason=event.reason, now=now)
        case MatchLapsed():
            then = _close(match, State.LAPSED, now=now)
        case MatchWithdrawn():
            then = _close(match, State.WITHDRAWN, reason=event.reason, now=now)
    return then


def needs_a_successor(match: Match) -> bool:
    """Whether the next candidate should be asked: an offer came to nothing, not by the mentee's choice of another."""
    if match.origin == "request":
        return False
    return match.state in {State.DECLINED, State.LAPSED} or (
        match.state is State.WITHDRAWN and match.reason in FOLLOWED_UP
    )


def _reminder(match: Match, person_id: PersonId, number: int) -> MatchReminderDue:
    return MatchReminderDue(**match.ids(), person_id=person_id, number=number, expires_at=match.expires_at)


def _side(match: Match, person_id: PersonId) -> Side:
    side = match.side_of(person_id)
    if side is None:
        raise CannotAnswer("only the two people of this offer can answer it")
    return side


def _ask(match: Match, side: Side) -> Ask:
    return match.mentee if side is Side.MENTEE else match.mentor


def _with(match: Match, side: Side, ask: Ask) -> Match:
    return replace(match, mentee=ask) if side is Side.MENTEE else replace(match, mentor=ask)


def _must_be_open(match: Match, now: datetime) -> None:
    if match.state is not State.PROPOSED or now >= match.expires_at:
        raise CannotAnswer(why_closed(match))


def _close(
    match: Match, state: State, *, now: datetime, by: PersonId | None = None, reason: str | None = None
) -> Match:
    return replace(match, state=state, closed_at=now, closed_by=by, reason=reason)
