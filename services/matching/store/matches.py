"""Offers. Locks are taken in one order: people first, then matches by id."""

from collections.abc import Collection, Sequence
from typing import Any

import asyncpg

from chassis.db import Tx
from contracts.event import PersonId
from contracts.matching import MatchId, ProgramId, Reason
from services.matching.domain.match import Ask, Fit, Match, Side, State

_COLUMNS = """
match_id, program_id, policy_version, origin, run_id, mentee_id, mentor_id, state, score, parts, reasons,
reasons_for_mentor, proposed_at,
mentee_answer_by, mentee_reminders, mentee_reminded, mentee_accepted_at,
mentor_answer_by, mentor_reminders, mentor_reminded, mentor_accepted_at, closed_at, closed_by, reason
"""
_READ = f"SELECT {_COLUMNS} FROM matches"


async def insert(tx: Tx, matches: Sequence[Match]) -> None:
    """Saves new offers."""
    places = ", ".join(f"${n}" for n in range(1, 25))
    await tx.executemany(f"INSERT INTO matches ({_COLUMNS}) VALUES ({places})", [_row(m) for m in matches])


async def update(tx: Tx, matches: Sequence[Match]) -> None:
    """Saves what may change about offers: answers, reminders, state."""
    await tx.executemany(
        """
        UPDATE matches SET state = $2, mentee_reminded = $3, mentee_accepted_at = $4, mentor_reminded = $5,
            mentor_accepted_at = $6, closed_at = $7, closed_by = $8, reason = $9
        WHERE match_id = $1
        """,
        [
            (
                m.match_id,
                m.state,
                m.mentee.reminded,
                m.mentee.accepted_at,
                m.mentor.reminded,
                m.mentor.accepted_at,
                m.closed_at,
                m.closed_by,
                m.reason,
            )
            for m in matches
        ],
    )


async def find(tx: Tx, match_id: MatchId) -> Match | None:
    """One offer, as it was a moment ago."""
    row = await tx.fetchrow(f"{_READ} WHERE match_id = $1", match_id)
    return _match(row) if row else None


async def lock(tx: Tx, match_id: MatchId) -> Match | None:
    """One offer; nobody changes it until the transaction ends."""
    row = await tx.fetchrow(f"{_READ} WHERE match_id = $1 FOR NO KEY UPDATE", match_id)
    return _match(row) if row else None


async def lock_around(tx: Tx, match: Match) -> list[Match]:
    """The offer and all that an acceptance of it may end: the mentee's others, and requests to this mentor."""
    rows = await tx.fetch(
        f"""{_READ}
        WHERE match_id = $1 OR state = 'proposed' AND (
            mentee_id = $2 AND program_id = $3 OR mentor_id = $4 AND origin = 'request')
        ORDER BY match_id FOR NO KEY UPDATE
        """,
        match.match_id,
        match.mentee.person_id,
        match.program_id,
        match.mentor.person_id,
    )
    return [_match(row) for row in rows]


async def lock_offers_of(tx: Tx, people: Collection[PersonId]) -> list[Match]:
    """All undecided offers of these people, on whichever side."""
    rows = await tx.fetch(
        f"{_READ} WHERE state = 'proposed' AND (mentee_id = ANY($1) OR mentor_id = ANY($1))"
        " ORDER BY match_id FOR NO KEY UPDATE",
        list(people),
    )
    return [_match(row) for row in rows]


async def lock_offers_in(tx: Tx, program_id: ProgramId) -> list[Match]:
    """All undecided offers of a program."""
    rows = await tx.fetch(
        f"{_READ} WHERE state = 'proposed' AND program_id = $1 ORDER BY match_id FOR NO KEY UPDATE", program_id
    )
    return [_match(row) for row in rows]


async def holders(tx: Tx, mentors: Collection[PersonId]) -> list[Match]:
    """The offers and pairs that hold the seats of these mentors."""
    rows = await tx.fetch(
        f"{_READ} WHERE match_id IN (SELECT match_id FROM seats WHERE mentor_id = ANY($1)) ORDER BY match_id",
        list(mentors),
    )
    return [_match(row) for row in rows]


async def find_for(
    tx: Tx, match_id: MatchId, *, participant: PersonId | None, coordinator: PersonId | None
) -> Match | None:
    """One offer, if this caller may see it."""
    row = await tx.fetchrow(
        f"{_READ} WHERE match_id = $1 AND {_VISIBLE.format(one=2, two=3)}", match_id, participant, coordinator
    )
    return _match(row) if row else None


_VISIBLE = """(mentee_id = ${one} OR mentor_id = ${one} OR program_id IN (
    SELECT program_id FROM programs WHERE coordinators @> ARRAY[${two}::text]))"""


async def page(
    tx: Tx,
    *,
    participant: PersonId | None,
    coordinator: PersonId | None,
    program_id: ProgramId | None,
    state: State | None,
    person_id: PersonId | None,
    after: MatchId | None,
    limit: int,
) -> list[Match]:
    """Offers that this caller may see, newest first, after a given one."""
    rows = await tx.fetch(
        f"""{_READ}
        WHERE {_VISIBLE.format(one=1, two=2)} AND ($3::uuid IS NULL OR program_id = $3)
            AND ($4::text IS NULL OR state = $4)
            AND ($5::text IS NULL OR mentee_id = $5 OR mentor_id = $5)
            AND ($6::uuid IS NULL OR match_id < $6)
        ORDER BY match_id DESC LIMIT $7
        """,
        participant,
        coordinator,
        program_id,
        state,
        person_id,
        after,
        limit,
    )
    return [_match(row) for row in rows]


def _row(m: Match) -> tuple[Any, ...]:
    asks = (field for ask in m.asks for field in (ask.answer_by, ask.reminders, ask.reminded, ask.accepted_at))
    fit = (m.fit.score, m.fit.parts, _told(m.fit.reasons), _told(m.fit.reasons_for_mentor))
    who = (m.mentee.person_id, m.mentor.person_id)
    head = (m.match_id, m.program_id, m.fit.policy_version, m.origin, m.run_id, *who, m.state)
    return (*head, *fit, m.proposed_at, *asks, m.closed_at, m.closed_by, m.reason)


def _told(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return [reason.model_dump(mode="json") for reason in reasons]


def _reasons(told: list[dict[str, Any]]) -> tuple[Reason, ...]:
    return tuple(Reason.model_validate(reason, extra="ignore") for reason in told)


def _match(row: asyncpg.Record) -> Match:
    reasons, for_mentor = (_reasons(row[column]) for column in ("reasons", "reasons_for_mentor"))
    return Match(
        match_id=row["match_id"],
        program_id=row["program_id"],
        origin=row["origin"],
        run_id=row["run_id"],
        fit=Fit(row["policy_version"], row["score"], row["parts"], reasons, for_mentor),
        mentee=_ask(row, Side.MENTEE),
        mentor=_ask(row, Side.MENTOR),
        proposed_at=row["proposed_at"],
        state=State(row["state"]),
        closed_at=row["closed_at"],
        closed_by=row["closed_by"],
        reason=row["reason"],
    )


def _ask(row: asyncpg.Record, side: Side) -> Ask:
    return Ask(
        person_id=row[f"{side}_id"],
        answer_by=row[f"{side}_answer_by"],
        reminders=tuple(row[f"{side}_reminders"]),
        reminded=row[f"{side}_reminded"],
        accepted_at=row[f"{side}_accepted_at"],
    )
